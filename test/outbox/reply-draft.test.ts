import { describe, expect, it } from 'vitest'
import type { OutboundLimits } from '../../src/channels/outbound.ts'
import { type ReplyDraft, planReply } from '../../src/outbox/reply-draft.ts'

const limits: OutboundLimits = {
  text: 20,
  caption: 10,
  unit: 'characters',
  attachments: 2,
  fileBytes: { image: 100, video: 1_000, document: 5_000, sticker: 50 },
  mimeTypes: { image: ['image/jpeg', 'image/png'], sticker: ['image/webp'], video: ['video/mp4'] },
  buttons: 2,
  buttonTitle: 5,
  canReplyTo: true,
  canReact: true,
  hasTemplates: true,
}
const draft = (fields: Partial<ReplyDraft> = {}): ReplyDraft => ({
  content: '',
  files: [],
  isAnswer: false,
  ...fields,
})
const file = (mimeType: string, size = 10) => ({ mimeType, size })
const plan = (fields: Partial<ReplyDraft>, of: Partial<OutboundLimits> = {}) =>
  planReply(draft(fields), { ...limits, ...of })
const template = { name: 'order_ready', language: 'uk' }
const buttons = [{ id: 'yes', title: 'Так' }]

describe('what a reply goes out as', () => {
  it.each([
    ['a text', { content: 'Так' }, 'text', []],
    ['a text with choices', { content: 'Беремо?', buttons }, 'interactive', []],
    ['a template', { template }, 'template', []],
    ['a picture', { files: [file('image/jpeg')] }, 'image', ['image']],
    ['a picture whose type has parameters', { files: [file('Image/PNG; q=1')] }, 'image', ['image']],
    ['a picture with a text', { content: 'Ось', files: [file('image/png')] }, 'image', ['image']],
    ['two files', { files: [file('image/png'), file('application/pdf')] }, 'image', ['image', 'document']],
    ['a picture of a kind the platform does not show', { files: [file('image/gif')] }, 'document', ['document']],
    ['a picture that is too large to be shown', { files: [file('image/png', 101)] }, 'document', ['document']],
    ['sound where sound cannot be sent', { files: [file('audio/ogg')] }, 'document', ['document']],
    ['something without a type', { files: [file('application/octet-stream')] }, 'document', ['document']],
  ] as const)('%s', (_, fields, type, fileTypes) => {
    expect(plan(fields)).toEqual({ ok: true, type, fileTypes })
  })

  it('a sticker, where pictures of its kind are nothing else', () => {
    const { document: _, ...fileBytes } = limits.fileBytes
    expect(plan({ files: [file('image/webp')] }, { fileBytes })).toMatchObject({ ok: true, type: 'sticker' })
    expect(plan({ files: [file('application/zip')] }, { fileBytes })).toMatchObject({
      ok: false,
      code: 'attachment.unsupported_type',
    })
  })
})

describe('what a platform would not take is said at once', () => {
  it.each<[string, Partial<ReplyDraft>, string]>([
    ['nothing', {}, 'message.empty'],
    ['blanks', { content: ' \n ' }, 'message.empty'],
    ['a long text', { content: 'x'.repeat(21) }, 'message.too_long'],
    ['a long caption', { content: 'x'.repeat(11), files: [file('image/png')] }, 'message.too_long'],
    ['three files', { files: [1, 2, 3].map(() => file('image/png')) }, 'message.too_many_attachments'],
    ['a file that is too large for anything', { files: [file('image/png', 5_001)] }, 'attachment.too_large'],
    [
      'three choices',
      { content: '?', buttons: [1, 2, 3].map(() => ({ id: 'a', title: 'b' })) },
      'message.too_many_buttons',
    ],
    ['a long choice', { content: '?', buttons: [{ id: 'a', title: 'x'.repeat(6) }] }, 'button.too_long'],
    ['choices without a question', { buttons }, 'message.empty'],
    ['a template with a file', { template, files: [file('image/png')] }, 'message.too_many_attachments'],
    ['a template with choices', { template, buttons }, 'message.too_many_buttons'],
  ])('%s', (_, fields, code) => {
    expect(plan(fields)).toMatchObject({ ok: false, code })
  })

  it.each([
    ['a template', { template }, { hasTemplates: false }, 'template.unsupported'],
    ['a caption', { content: 'a', files: [file('image/png')] }, { caption: null }, 'message.caption_unsupported'],
    ['a quoted message', { content: 'a', isAnswer: true }, { canReplyTo: false }, 'message.reply_unsupported'],
    ['choices', { content: 'a', buttons }, { buttons: 0 }, 'message.too_many_buttons'],
    ['Cyrillic of more bytes than letters', { content: 'й'.repeat(11) }, { unit: 'bytes' }, 'message.too_long'],
  ] as const)('%s, where it has none of that', (_, fields, of, code) => {
    expect(plan(fields, of)).toMatchObject({ ok: false, code })
  })

  it('names the limit', () => {
    expect(plan({ content: 'x'.repeat(21) })).toMatchObject({ message: expect.stringContaining('20') })
  })
})
