import { describe, expect, it } from 'vitest'
import { createDrafts, emptyDraft } from '../../src/ui/drafts.ts'
import { message } from './build.ts'

const taras = { id: 't', name: 'Taras' }
const olha = { id: 'o', name: 'Olha' }

describe('drafts', () => {
  it('are kept for each conversation by itself', () => {
    const drafts = createDrafts()
    const replyTo = message()
    drafts.patch('a', { text: 'Hello' })
    drafts.patch('a', { replyTo })
    drafts.patch('b', { text: 'Other' })
    expect(drafts.get('a')).toEqual({ ...emptyDraft, text: 'Hello', replyTo })
    expect(drafts.get('b').text).toBe('Other')
    expect(drafts.get('c')).toBe(emptyDraft)
  })
  it('tell of their changes, and are the same object until then', () => {
    const drafts = createDrafts()
    let told = 0
    const stop = drafts.subscribe(() => (told += 1))
    drafts.patch('a', { text: 'Hello' })
    expect(drafts.get('a')).toBe(drafts.get('a'))
    stop()
    drafts.patch('a', { text: 'Hello!' })
    expect(told).toBe(1)
  })
  it('go along with a conversation that went into another one, after what was begun there', () => {
    const drafts = createDrafts()
    drafts.patch('a', { text: 'Hello', uploads: ['u1'], note: { text: 'Ask Taras', mentions: [taras] } })
    drafts.move('a', 'b')
    expect([drafts.get('a'), drafts.get('b').text]).toEqual([emptyDraft, 'Hello'])
    const mail = { subject: 'Re: Tiles', cc: 'a@bureau.example', bcc: '' }
    drafts.patch('c', { text: 'Mine', uploads: ['u2'], mail, note: { text: 'And Olha', mentions: [olha, taras] } })
    drafts.patch('b', { mail: { ...mail, subject: 'Other', cc: 'b@bureau.example' } })
    drafts.move('b', 'c')
    expect(drafts.get('c')).toMatchObject({
      ...{ text: 'Mine\n\nHello', uploads: ['u2', 'u1'] },
      mail: { subject: 'Re: Tiles', cc: 'a@bureau.example, b@bureau.example', bcc: '' },
      note: { text: 'And Olha\n\nAsk Taras', mentions: [olha, taras] },
    })
  })
  it('stay whole where something had been begun and was emptied again, and where a conversation went into itself', () => {
    const drafts = createDrafts()
    const begun = { ...emptyDraft, text: 'Hello', uploads: ['u1'], replyTo: message(), isHumanAgent: true }
    drafts.patch('a', begun)
    drafts.patch('b', { text: 'Sent' })
    drafts.patch('b', { text: '' })
    drafts.move('a', 'b')
    drafts.move('b', 'b')
    expect(drafts.get('b')).toEqual(begun)
  })
  it.each(['a', 'b'])('remain a note where somebody is in the middle of one (%s)', (id) => {
    const drafts = createDrafts()
    drafts.patch('a', { text: 'For the customer' })
    drafts.patch('b', { text: 'For the customer' })
    drafts.patch(id, { mode: 'note', note: { text: 'For us', mentions: [] } })
    drafts.move('a', 'b')
    expect(drafts.get('b')).toMatchObject({ mode: 'note', note: { text: 'For us' } })
    expect(drafts.get('b').text).not.toContain('For us')
  })
})
