import type { Story } from '../story.ts'
import { answer, text } from './steps.ts'

const daryna: Story = {
  customer: { platform: 'telegram', name: 'Дарина Шевченко', address: '610000001', language: 'uk' },
  steps: [
    text('Привіт! Робите переклад медичної довідки на польську?', { hoursAgo: 20 }),
    answer('Вітаємо, Дарино! Так, від 350 грн за сторінку.', { hoursAgo: 19.7 }),
    text('Супер, довідка на 4 сторінки, потрібна до понеділка'),
    text('Надіслати скан сюди чи на пошту?'),
    answer('Можна прямо сюди.'),
  ],
}

const piotr: Story = {
  customer: { platform: 'telegram', name: 'Piotr Zieliński', address: '610000002', language: 'pl' },
  steps: [
    text('Cześć, czy tłumaczycie prawo jazdy z ukraińskiego na polski?'),
    text('I ile to trwa?'),
    answer('Dzień dobry! Dwa dni robocze, 90 zł z pieczęcią.'),
  ],
}

export const telegramStories: readonly Story[] = [daryna, piotr]
