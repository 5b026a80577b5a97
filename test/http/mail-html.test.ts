import { describe, expect, it } from 'vitest'
import { mailHtmlHeaders, mailPage } from '../../src/http/mail-html.ts'

const pictureRule = (hasRemoteImages: boolean, isLocal: boolean) =>
  /img-src ([^;]*);/.exec(mailHtmlHeaders(hasRemoteImages, isLocal)['Content-Security-Policy'] ?? '')?.[1]

describe("a mail's HTML", () => {
  it('fetches no picture before it was asked to, and then over TLS alone but where somebody develops', () => {
    expect(pictureRule(false, false)).toBe('data:')
    expect(pictureRule(false, true)).toBe('data:')
    expect(pictureRule(true, false)).toBe('data: https:')
    expect(pictureRule(true, true)).toContain('http://127.0.0.1:*')
  })

  it('leaves out for good what was never safe to fetch', () => {
    const page = mailPage(
      '<img data-blocked-src alt="" /><img data-blocked-src="https://a.example/b" />',
      new Map(),
      true,
    )
    expect(page).toContain('<img data-blocked-src alt="" /><img src="https://a.example/b" />')
  })
})
