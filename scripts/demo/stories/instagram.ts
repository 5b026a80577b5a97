import type { Story } from '../story.ts'
import { answer, text } from './steps.ts'

const sofiia: Story = {
  customer: {
    platform: 'instagram',
    name: 'Софія Марченко',
    username: 'sofia.march',
    address: '8100000000200011',
    language: 'uk',
  },
  steps: [
    { kind: 'story_reply', text: 'Ого, а за два дні справді встигаєте? 😍', hoursAgo: 6 },
    answer('Так, якщо документ до двох сторінок 🙌', { hoursAgo: 5.9 }),
    text('Тоді мені довідка про несудимість, на англійську', { key: 'certificate' }),
    { kind: 'photo', picture: 'certificate', text: '' },
    answer('Бачимо, все читається. 650 грн, завтра до 17:00.', { key: 'deal' }),
    { kind: 'reaction', emoji: '❤️', to: 'deal' },
    { kind: 'story_mention' },
    text('Виклала сторіз про вас 💛'),
  ],
}

const emma: Story = {
  customer: {
    platform: 'instagram',
    name: 'Emma Lindqvist',
    username: 'emma.lnd',
    address: '8100000000200022',
    language: 'en',
  },
  steps: [
    text('Hello from Stockholm! Do you work with Swedish as well?', { hoursAgo: 26 }),
    answer('Hello Emma! Yes, with a sworn translator in Kyiv.', { hoursAgo: 25.5 }),
    text('Sorry, wrong file, one second', { key: 'wrong' }),
    { kind: 'unsend', of: 'wrong' },
    { kind: 'photo', picture: 'street', text: '' },
    text('This is your office, right? I will be there next week'),
    { kind: 'share', title: 'Our new office', url: 'https://www.instagram.com/p/slovo-office/' },
    { kind: 'unknown' },
  ],
}

export const instagramStories: readonly Story[] = [sofiia, emma]
