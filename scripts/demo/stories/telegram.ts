import type { Story } from '../story.ts'
import { answer, text } from './steps.ts'

// Everybody here has written before: a login that is made anew finds only the chats in which something was said.

const daryna: Story = {
  customer: {
    platform: 'telegram',
    name: 'Дарина Шевченко',
    username: 'daryna_sh',
    address: '610000001',
    language: 'uk',
  },
  steps: [
    text('Привіт! Робите переклад медичної довідки на польську?', { hoursAgo: 20 }),
    answer('Вітаємо, Дарино! Так, від 350 грн за сторінку.', { hoursAgo: 19.7, key: 'price' }),
    { kind: 'reaction', emoji: '👍', to: 'price', hoursAgo: 19.6 },
    {
      kind: 'album',
      text: 'Супер! Ось довідка, тут усі сторінки',
      pictures: ['certificate', 'receipt', 'diploma'],
      key: 'scans',
    },
    text('Потрібна до понеділка, встигнете?', { key: 'monday' }),
    { kind: 'edit', text: 'Потрібна до неділі ввечері, встигнете?', of: 'monday' },
    answer('Так, у неділю до 18:00 надішлемо скан.', { key: 'sunday' }),
    { kind: 'voice' },
    text('Чудово, домовились!', { replyTo: 'sunday' }),
  ],
}

const piotr: Story = {
  customer: { platform: 'telegram', name: 'Piotr Zieliński', address: '610000002', language: 'pl' },
  steps: [
    text('Cześć, czy tłumaczycie prawo jazdy z ukraińskiego na polski?', { hoursAgo: 3.5 }),
    { kind: 'missed_call' },
    text('Dzwoniłem, ale nikt nie odbiera. Ile to trwa?'),
    answer('Dzień dobry! Dwa dni robocze, 90 zł z pieczęcią.', { key: 'offer' }),
    { kind: 'photo', picture: 'passport', text: 'Zdjęcie prawa jazdy, wystarczy takie?' },
    text('Ups, to nie to', { key: 'oops' }),
    { kind: 'unsend', of: 'oops' },
    { kind: 'reaction', emoji: '❤️', to: 'offer' },
    {
      kind: 'location',
      name: 'Mój hotel',
      address: 'вул. Саксаганського, 38, Київ',
      latitude: 50.4377,
      longitude: 30.5085,
    },
  ],
}

const [oksana, pavlo, iryna] = ['Оксана Бондар', 'Павло Гнатюк', 'Ірина Мороз'] as const

/** Three people of one company, in a group with the bureau. */
const kredo: Story = {
  customer: {
    platform: 'telegram',
    name: 'Кредо Логістика: переклади',
    address: '-410000001',
    language: 'uk',
    people: [
      { id: 610000011, name: oksana },
      { id: 610000012, name: pavlo },
      { id: 610000013, name: iryna },
    ],
  },
  steps: [
    { kind: 'group_created', hoursAgo: 9 },
    text('Добрий день! Тут зручно буде вести всі наші замовлення', { hoursAgo: 8.9 }),
    answer('Вітаємо! Так, пишіть сюди, відповідаємо з 9 до 18.', { hoursAgo: 8.6 }),
    { kind: 'added', person: iryna, hoursAgo: 2.2 },
    {
      kind: 'poll',
      text: 'Коли зручно отримати переклад?',
      options: ['Середа', 'Четвер', 'П’ятниця'],
      key: 'when',
      hoursAgo: 2,
    },
    { kind: 'vote', by: pavlo, of: 'when', votes: [0, 1, 0] },
    { kind: 'vote', by: iryna, of: 'when', votes: [0, 2, 0] },
    { kind: 'document', filename: 'Прайс-лист.pdf', text: 'Новий прайс, на польську та німецьку' },
    { ...text('Вітаю всіх! Мені потрібна тільки польська версія', { key: 'polish' }), by: iryna },
    { ...text('А мені обидві, будь ласка', { replyTo: 'polish' }), by: pavlo },
    answer('Встигаємо до четверга.', { key: 'thursday' }),
    { kind: 'reaction', by: pavlo, emoji: '🔥', to: 'thursday' },
    { kind: 'reaction', by: iryna, emoji: '👍', to: 'thursday' },
  ],
}

export const telegramStories: readonly Story[] = [daryna, kredo, piotr]
