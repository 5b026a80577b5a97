import { describe, expect, it } from 'vitest'
import { describesFiles, isSaidBy, readButtons, readShared } from '../../../src/ui/rules/shared.ts'
import { attachment, message } from '../build.ts'

const shared = (details: Record<string, unknown>, type: 'text' | 'story' | 'share' = 'text') =>
  readShared({ type, details })

describe('readShared', () => {
  it('reads stories by what they are', () => {
    const url = 'https://cdn.example/story'
    expect(shared({ story: { kind: 'reply', url } })).toEqual([
      { label: 'message.story_reply', title: '', href: 'https://cdn.example/story' },
    ])
    expect(shared({ story: { kind: 'mention' } })[0]?.label).toBe('message.story_mention')
    expect(shared({ story: { kind: 'hologram' } })[0]?.label).toBe('message.story')
  })
  it('reads posts, reels and links, also several', () => {
    const link = { kind: 'fallback', title: 'Our prices', url: 'https://bureau.example/prices' }
    expect(shared({ share: link })).toEqual([
      { label: 'message.share_link', title: 'Our prices', href: 'https://bureau.example/prices' },
    ])
    const several = shared({ share: link, shares: [link, { kind: 'ig_reel' }, { kind: 'share' }, 'nonsense'] })
    expect(several.map(({ label }) => label)).toEqual(['message.share_link', 'message.share_reel', 'message.share'])
  })
  it('names a story or a share of which nothing else is known', () => {
    expect(shared({}, 'story')).toEqual([{ label: 'message.story', title: '', href: null }])
    expect(shared({ payload: { url: 'https://a.example/' } }, 'share')[0]?.href).toBe('https://a.example/')
    expect(shared({})).toEqual([])
  })
  it('makes no link of what is none', () => {
    expect(shared({ share: { url: 'javascript:alert(1)', title: { a: 1 } } })).toEqual([
      { label: 'message.share', title: '', href: null },
    ])
  })
})

it('does not say twice what the thing says itself', () => {
  const things = shared({ share: { title: 'Our prices' } })
  expect(isSaidBy(things, 'Our prices')).toBe(true)
  expect(isSaidBy(things, 'Shared post')).toBe(true)
  expect(isSaidBy(things, 'Look at this')).toBe(false)
  expect(isSaidBy([], 'Shared post')).toBe(false)
})

it('leaves out words that only say what the files show, but never what somebody of us wrote', () => {
  const attachments = [attachment({ filename: 'a.pdf' })]
  for (const content of ['Photo', 'Voice message', 'a.pdf', '3 attachments']) {
    expect(describesFiles(message({ content, attachments }))).toBe(true)
    expect(describesFiles(message({ content, attachments, client_message_id: 'c1' }))).toBe(false)
    expect(describesFiles(message({ content }))).toBe(false)
  }
  expect(describesFiles(message({ content: 'Photo of my passport', attachments }))).toBe(false)
})

it('reads the buttons that we sent, and no stranger’s', () => {
  const details = { buttons: [{ id: '1', title: 'Yes' }, { id: '2' }, 'No'] }
  expect(readButtons({ direction: 'outbound', details })).toEqual(['Yes'])
  expect(readButtons({ direction: 'inbound', details })).toEqual([])
  expect(readButtons({ direction: 'outbound', details: { buttons: 'x' } })).toEqual([])
})
