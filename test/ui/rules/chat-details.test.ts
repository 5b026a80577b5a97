import { describe, expect, it } from 'vitest'
import { createTexts } from '../../../src/ui/i18n/texts.ts'
import * as read from '../../../src/ui/rules/chat-details.ts'

const junk: Record<string, unknown>[] = [
  {},
  { poll: null, todo: 'x', forward: 7, quote: [], topic: false, service: 1, entities: {} },
  {
    poll: { options: [null, 3] },
    todo: { items: 'x' },
    service: { action: {} },
    entities: [null, { type: 'text_url' }],
  },
]

describe('readers of what chat apps send', () => {
  it('do not stumble over junk', () => {
    for (const details of junk) {
      expect(read.readPoll(details)?.options ?? []).toEqual([])
      expect(read.readList(details)?.items ?? []).toEqual([])
      expect(read.readForward(details)).toBeNull()
      expect(read.readQuotedWords(details)).toBe('')
      expect(read.readTopic(details)).toBe('')
      expect(read.readService(details)).toBeNull()
      expect(read.readHiddenLinks({ content: 'x', details })).toEqual([])
    }
  })

  it('find where words lead that hide an address, and leave alone what shows it', () => {
    const link = (url: string) => ({ entities: [{ type: 'text_url', offset: 0, length: 4, url }] })
    expect(read.readHiddenLinks({ content: 'here', details: link('https://evil.example/') })).toEqual([
      { words: 'here', href: 'https://evil.example/' },
    ])
    expect(read.readHiddenLinks({ content: 'here', details: link('javascript:alert(1)') })).toEqual([])
    expect(read.readHiddenLinks({ content: 'see https://a.example/', details: link('https://a.example/') })).toEqual([])
    expect(read.readHiddenLinks({ content: '', details: link('https://a.example/') })).toEqual([])
  })

  it('name the topic by the newest message that knows it', () => {
    const messages = ['Old', 'Invoices', ''].map((title) => ({ details: { topic: { id: '2', title } } }))
    expect(read.topicOf(messages)).toBe('Invoices')
    expect(read.topicOf([])).toBe('')
  })

  it('know when a card says all of the content', () => {
    const poll = { poll: { question: 'When?' } }
    expect(read.isSaidByCard({ content: 'Poll: When?\n• Monday', details: poll })).toBe(true)
    expect(read.isSaidByCard({ content: 'My caption\nPoll: When?', details: poll })).toBe(false)
    expect(read.isSaidByCard({ content: 'List: Papers', details: { todo: { title: 'Papers' } } })).toBe(true)
    expect(read.isSaidByCard({ content: 'Poll: When?', details: {} })).toBe(false)
  })
})

describe('what happened in a chat', () => {
  const say = (service: object, language: 'en' | 'uk' = 'en') => {
    const read_ = read.readService({ service })
    return read_ === null ? null : createTexts(language).t(read_.key, read_.values)
  }
  it.each([
    [{ action: 'joined', by: 'Ihor' }, 'Ihor joined', 'Ihor тепер у групі'],
    [{ action: 'added', by: 'Ihor', names: ['Olena', 5, 'Anna'] }, 'Ihor added Olena, Anna', 'Ihor додає: Olena, Anna'],
    [{ action: 'title', by: 'Ihor', title: 'New' }, 'Ihor changed the name to “New”', 'Ihor змінює назву на «New»'],
    [{ action: 'call_in', seconds: 65 }, 'Incoming call, 1:05', 'Вхідний дзвінок, 1:05'],
    [{ action: 'call_in' }, 'Incoming call', 'Вхідний дзвінок'],
    [{ action: 'call_missed' }, 'Missed call', 'Пропущений дзвінок'],
  ])('%j', (service, english, ukrainian) => {
    expect(say(service)).toBe(english)
    expect(say(service, 'uk')).toBe(ukrainian)
  })
  it('has words for each kind of thing that may be seen only once', () => {
    const kinds = ['photo', 'video', 'voice', 'round', 'other'].map((kind) => say({ action: 'view_once', kind }))
    expect(kinds.every((words) => words?.includes('once'))).toBe(true)
  })
  it('is left to the content where nobody told the page of it', () => {
    expect(say({ action: 'boosted' })).toBeNull()
  })
})
