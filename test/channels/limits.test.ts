import { describe, expect, test } from 'vitest'
import { limits as facebook } from '../../src/channels/facebook/limits.ts'
import { limits as instagram } from '../../src/channels/instagram/limits.ts'
import { problemOf } from '../../src/channels/limits.ts'
import type { OutboundLimits, OutboundMessage } from '../../src/channels/outbound.ts'
import { limits as whatsapp } from '../../src/channels/whatsapp/limits.ts'
import { file, reply } from './platform-io.ts'

const platforms = { whatsapp, facebook, instagram }
const mebibyte = 1024 * 1024
const button = (title: string) => ({ id: title, title })
const withFile = (content: string, more: Parameters<typeof file>[1] = {}) =>
  reply({ content, attachments: [file('x', more)] })

function codeOf(draft: OutboundMessage, limits: OutboundLimits): string | null {
  const failure = problemOf(draft, limits)
  if (failure !== null) expect(failure.error.kind).toBe('content')
  return failure?.error.code ?? null
}

describe('a message', () => {
  test.each<[keyof typeof platforms, string, OutboundMessage]>([
    ['whatsapp', 'a text of 4,096 characters', reply({ content: 'я'.repeat(4096) })],
    ['whatsapp', 'a caption of 1,024', withFile('я'.repeat(1024))],
    ['whatsapp', 'a voice note', withFile('', { type: 'audio', mimeType: 'audio/ogg; codecs=opus' })],
    ['whatsapp', 'three buttons', reply({ buttons: ['так', 'ні', 'може'].map(button) })],
    ['whatsapp', 'a template, whatever else it says', reply({ content: '', template: { name: 'a', language: 'uk' } })],
    [
      'whatsapp',
      'a file of exactly 100 MiB',
      withFile('', { type: 'document', mimeType: 'application/pdf', size: 100 * mebibyte }),
    ],
    ['facebook', 'a text of 2,000 characters', reply({ content: 'я'.repeat(2000) })],
    ['facebook', 'a file of any kind', withFile('', { type: 'document', mimeType: 'application/zip' })],
    ['facebook', 'thirteen choices', reply({ buttons: Array.from({ length: 13 }, (_, i) => button(`${i}`)) })],
    ['instagram', 'a text of 1,000 bytes', reply({ content: 'я'.repeat(500) })],
    ['instagram', 'a PDF', withFile('', { type: 'document', mimeType: 'application/pdf' })],
  ])('of %s may be %s', (name, _, draft) => {
    expect(codeOf(draft, platforms[name])).toBeNull()
  })

  test.each<[keyof typeof platforms, string, OutboundMessage]>([
    ['whatsapp', 'message.empty', reply({ content: '' })],
    ['whatsapp', 'message.too_long', reply({ content: 'я'.repeat(4097) })],
    ['whatsapp', 'message.too_long', withFile('я'.repeat(1025))],
    ['whatsapp', 'message.too_long', reply({ content: 'я'.repeat(1025), buttons: [button('так')] })],
    ['whatsapp', 'message.caption_unsupported', withFile('hello', { type: 'audio', mimeType: 'audio/ogg' })],
    ['whatsapp', 'message.too_many_attachments', reply({ content: '', attachments: [file(), file()] })],
    ['whatsapp', 'attachment.unsupported_type', withFile('', { mimeType: 'image/gif' })],
    ['whatsapp', 'attachment.unsupported_type', withFile('', { type: 'document', mimeType: 'application/zip' })],
    ['whatsapp', 'attachment.too_large', withFile('', { size: 5 * mebibyte + 1 })],
    ['whatsapp', 'message.too_many_buttons', reply({ buttons: ['1', '2', '3', '4'].map(button) })],
    ['whatsapp', 'button.too_long', reply({ buttons: [button('x'.repeat(21))] })],
    ['facebook', 'message.caption_unsupported', withFile('hello')],
    ['facebook', 'attachment.unsupported_type', withFile('', { type: 'sticker', mimeType: 'image/webp' })],
    ['facebook', 'template.unsupported', reply({ template: { name: 'a', language: 'uk' } })],
    ['instagram', 'message.too_long', reply({ content: `${'я'.repeat(500)}.` })],
    ['instagram', 'attachment.unsupported_type', withFile('', { type: 'document', mimeType: 'application/msword' })],
    ['instagram', 'attachment.too_large', withFile('', { size: 8 * mebibyte + 1 })],
  ])('of %s is refused with %s', (name, code, draft) => {
    expect(codeOf(draft, platforms[name])).toBe(code)
  })
})
