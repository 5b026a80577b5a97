import { describe, expect, it } from 'vitest'
import { createDrafts, emptyDraft } from '../../src/ui/drafts.ts'
import { message } from './build.ts'

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
  it('go along with a conversation that went into another one, but cover nothing there', () => {
    const drafts = createDrafts()
    drafts.patch('a', { text: 'Hello' })
    drafts.move('a', 'b')
    expect([drafts.get('a').text, drafts.get('b').text]).toEqual(['', 'Hello'])
    drafts.patch('c', { text: 'Mine' })
    drafts.move('b', 'c')
    expect(drafts.get('c').text).toBe('Mine')
  })
})
