import type { Story } from '../story.ts'
import { answer, text } from './steps.ts'

const nataliia: Story = {
  customer: { platform: 'facebook', name: 'Наталія Гриценко', address: '7100000000100011', language: 'uk' },
  steps: [
    { kind: 'ad', text: 'Хочу дізнатися ціну', title: 'Апостиль за 5 днів', hoursAgo: 5 },
    answer('Вітаємо, Наталіє! Апостиль на диплом — 2800 грн разом із перекладом.', { hoursAgo: 4.8 }),
    { kind: 'photo', picture: 'diploma', text: '', hoursAgo: 4.5 },
    text('Ось диплом. Чи потрібен ще додаток?', { key: 'annex' }),
    answer('Так, додаток теж потрібен: його перекладаємо разом.', { key: 'yes' }),
    { kind: 'reaction', emoji: '👍', to: 'yes' },
    text('Добре, донесу в п’ятницю', { key: 'friday' }),
    { kind: 'edit', text: 'Добре, донесу в четвер після роботи', of: 'friday' },
  ],
}

const robert: Story = {
  customer: { platform: 'facebook', name: 'Robert Miller', address: '7100000000100022', language: 'en' },
  steps: [
    { kind: 'postback', title: 'Get started', payload: 'GET_STARTED', hoursAgo: 2 },
    text('Hi! Can you translate a rental contract from Ukrainian, about 8 pages?', { hoursAgo: 1.9, key: 'contract' }),
    { kind: 'document', filename: 'rental-contract.pdf', text: '' },
    answer('Hello Robert! Yes, 8 pages are 160 EUR, ready on Thursday.', { key: 'price' }),
    text('That is fine. Do you send an invoice?', { replyTo: 'price' }),
    { kind: 'photo', picture: 'receipt', text: '' },
    text('This is the transfer, just in case'),
    { kind: 'sticker' },
  ],
}

const lesia: Story = {
  customer: { platform: 'facebook', name: 'Леся Пилипенко', address: '7100000000100033', language: 'uk' },
  steps: [
    {
      kind: 'share',
      title: 'Переклад документів для виїзду: що змінилося',
      url: 'https://slovo.example/blog/documents',
    },
    text('Прочитала вашу статтю. А для Канади теж потрібен апостиль?'),
    {
      kind: 'location',
      name: 'Львівська площа',
      address: 'Львівська площа, 8, Київ',
      latitude: 50.4557,
      longitude: 30.5072,
    },
    text('Я тут недалеко, чи можна зайти сьогодні?'),
    { kind: 'voice' },
  ],
}

export const facebookStories: readonly Story[] = [nataliia, robert, lesia]
