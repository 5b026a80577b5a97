import type { Story } from '../story.ts'
import { answer, text } from './steps.ts'

const hanna: Story = {
  customer: {
    platform: 'email',
    name: 'Ганна Литвин',
    address: 'hanna.lytvyn@mail.example',
    language: 'uk',
    subject: 'Переклад договору на англійську, 12 сторінок, і питання про завірення у нотаріуса до кінця тижня',
  },
  steps: [
    text('Добрий день! Потрібен переклад договору на англійську, 12 сторінок. Скільки це коштуватиме?', {
      hoursAgo: 28,
    }),
    { kind: 'document', filename: 'Договір.pdf', text: 'Надсилаю договір. Остання сторінка — додаток.', hoursAgo: 26 },
    text('Чи можна отримати рахунок на компанію?'),
  ],
}

/** Answers what we wrote from another mail program, with our words below his own. */
const thomas: Story = {
  customer: {
    platform: 'email',
    name: 'Thomas Weber',
    address: 'thomas.weber@firma.example',
    language: 'de',
    subject: 'Beglaubigte Übersetzung einer Vollmacht',
    signature: 'Thomas Weber\nEinkauf, Weber & Söhne GmbH\nHafenstraße 7, 20457 Hamburg\nTel. +49 40 0000000',
  },
  steps: [
    text('Guten Tag, wir brauchen eine beglaubigte Übersetzung einer Vollmacht. Wie lange dauert das?', {
      hoursAgo: 6,
    }),
    answer(
      'Guten Tag, Herr Weber!\n\nDrei Werktage, mit Beglaubigung 45 €. Schicken Sie uns bitte einen Scan, dann machen wir Ihnen ein Angebot.\n\nМарія Савчук',
      { hoursAgo: 5.4, key: 'offer' },
    ),
    text('Vielen Dank, das passt uns gut. Den Scan bekommen Sie heute Nachmittag.\n\nFreundliche Grüße', {
      hoursAgo: 4.8,
      replyTo: 'offer',
    }),
    text('Bitte senden Sie uns ein Angebot.'),
  ],
}

/** Her mail shows a picture that lies on a server of her company. */
const oksana: Story = {
  customer: {
    platform: 'email',
    name: 'Оксана Бондар',
    address: 'oksana.bondar@kredo.example',
    language: 'uk',
    subject: 'Запрошення на відкриття нового офісу',
    signature: 'Оксана Бондар\nКредо Логістика, Львів',
  },
  steps: [
    {
      kind: 'photo',
      text: 'Добрий день!\n\nМи переїхали. Запрошуємо вас у гості: п’ятниця, 16:00, вулиця на світлині.',
      picture: 'street',
      hoursAgo: 3,
    },
    text('Чи зможете перекласти наш новий прайс-лист польською?'),
  ],
}

export const emailStories: readonly Story[] = [hanna, thomas, oksana]
