import type { Story } from '../story.ts'
import { text } from './steps.ts'

const hanna: Story = {
  customer: { platform: 'email', name: 'Ганна Литвин', address: 'hanna.lytvyn@mail.example', language: 'uk' },
  steps: [
    text('Добрий день! Потрібен переклад договору на англійську, 12 сторінок. Скільки це коштуватиме?', {
      hoursAgo: 28,
    }),
    text('Договір надішлю сьогодні до вечора.'),
    text('Чи можна отримати рахунок на компанію?'),
  ],
}

const thomas: Story = {
  customer: { platform: 'email', name: 'Thomas Weber', address: 'thomas.weber@firma.example', language: 'de' },
  steps: [
    text('Guten Tag, wir brauchen eine beglaubigte Übersetzung einer Vollmacht. Wie lange dauert das?', {
      hoursAgo: 6,
    }),
    text('Bitte senden Sie uns ein Angebot.'),
  ],
}

export const emailStories: readonly Story[] = [hanna, thomas]
