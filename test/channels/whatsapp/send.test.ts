import { describe, expect, test } from 'vitest'
import type { Alias } from '../../../src/channels/channel.ts'
import { graphVersion } from '../../../src/channels/meta/graph.ts'
import type { OutboundMessage } from '../../../src/channels/outbound.ts'
import { send } from '../../../src/channels/whatsapp/send.ts'
import { file, go, json, platform, reply, token } from '../platform-io.ts'

const phone: [Alias] = [{ kind: 'phone', value: '380671234567' }]
const accepted = () =>
  json({
    messaging_product: 'whatsapp',
    contacts: [{ input: '+380671234567', wa_id: '380671234567' }],
    messages: [{ id: 'wamid.HBgMMzgw' }],
  })

async function sent(more: Partial<OutboundMessage>): Promise<unknown> {
  const { io, seen } = platform([accepted()])
  expect(await send(reply({ to: phone, ...more }), io, go)).toEqual({ kind: 'sent', externalId: 'wamid.HBgMMzgw' })
  expect(seen[0]?.url.pathname).toBe(`/${graphVersion}/106540352242922/messages`)
  return seen[0]?.json
}

const common = {
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to: '+380671234567',
  biz_opaque_callback_data: reply().id,
}

describe('a text', () => {
  test('goes to a number with its plus, under our own id', async () => {
    expect(await sent({ content: 'Добрий день' })).toEqual({
      ...common,
      type: 'text',
      text: { body: 'Добрий день', preview_url: false },
    })
  })

  test('with a link shows what is behind it', async () => {
    expect(await sent({ content: 'Дивіться: https://inbox.example/a' })).toMatchObject({ text: { preview_url: true } })
  })

  test('answers the message it was written under', async () => {
    expect(await sent({ replyToExternalId: 'wamid.before' })).toMatchObject({ context: { message_id: 'wamid.before' } })
  })
})

describe('an address', () => {
  const user: Alias = { kind: 'user', value: 'UA.13491208655302741918' }
  const parent: Alias = { kind: 'parent_user', value: 'UA.ENT.11815799212886844830' }

  test('that is a business-scoped id goes into `recipient`, never into `to`', async () => {
    const body = await sent({ to: [user] })
    expect(body).toMatchObject({ recipient_type: 'individual', recipient: 'UA.13491208655302741918' })
    expect(body).not.toHaveProperty('to')
  })

  test('is the number where one is known, whatever else is', async () => {
    const body = await sent({ to: [user, ...phone, parent] })
    expect(body).toMatchObject({ to: '+380671234567' })
    expect(body).not.toHaveProperty('recipient')
  })

  test('is the parent id where nothing else is known', async () => {
    expect(await sent({ to: [parent] })).toMatchObject({ recipient: 'UA.ENT.11815799212886844830' })
  })

  test('is the group for a group', async () => {
    const body = await sent({ to: [{ kind: 'group', value: 'Y2FwaV9ncm91cDox' }] })
    expect(body).toMatchObject({ recipient_type: 'group', to: 'Y2FwaV9ncm91cDox' })
  })
})

describe('a template', () => {
  test('is sent as its writer filled it in', async () => {
    const components = [{ type: 'body', parameters: [{ type: 'text', text: 'Олена' }] }]
    expect(await sent({ content: '', template: { name: 'order_ready', language: 'uk', components } })).toEqual({
      ...common,
      type: 'template',
      template: { name: 'order_ready', language: { code: 'uk' }, components },
    })
  })

  test('without gaps has no components', async () => {
    expect(await sent({ content: '', template: { name: 'hello', language: 'en_US' } })).toMatchObject({
      template: { name: 'hello', language: { code: 'en_US' } },
    })
  })
})

describe('buttons', () => {
  const buttons = [
    { id: 'yes', title: 'Так' },
    { id: 'no', title: 'Ні' },
  ]
  const action = {
    buttons: [
      { type: 'reply', reply: { id: 'yes', title: 'Так' } },
      { type: 'reply', reply: { id: 'no', title: 'Ні' } },
    ],
  }

  test('stand under their text', async () => {
    expect(await sent({ content: 'Підтверджуєте?', buttons })).toEqual({
      ...common,
      type: 'interactive',
      interactive: { type: 'button', body: { text: 'Підтверджуєте?' }, action },
    })
  })

  test('may stand under a picture too', async () => {
    const { io, seen } = platform([json({ id: '9000' }), accepted()])
    await send(reply({ to: phone, content: 'Підтверджуєте?', buttons, attachments: [file()] }), io, go)
    const header = { type: 'image', image: { id: '9000' } }
    expect(seen[1]?.json).toMatchObject({ interactive: { header, body: { text: 'Підтверджуєте?' }, action } })
  })
})

describe('a file', () => {
  async function sentFile(more: Parameters<typeof file>[1], content = '') {
    const { io, seen } = platform([json({ id: '9000' }), accepted()])
    const outcome = await send(reply({ to: phone, content, attachments: [file('the bytes', more)] }), io, go)
    expect(outcome).toEqual({ kind: 'sent', externalId: 'wamid.HBgMMzgw' })
    return seen
  }

  test('is uploaded to the number as a form, with its type and its name', async () => {
    const [upload] = await sentFile({ filename: 'рахунок "3".png' })
    expect(upload?.url.pathname).toBe(`/${graphVersion}/106540352242922/media`)
    expect(upload?.headers.get('authorization')).toBe(`Bearer ${token}`)
    expect(upload?.form?.get('messaging_product')).toBe('whatsapp')
    expect(upload?.form?.get('type')).toBe('image/png')
    const sent = upload?.form?.get('file') as File
    expect([sent.type, await sent.text()]).toEqual(['image/png', 'the bytes'])
  })

  test('is announced by a boundary that tells nothing of the token', async () => {
    const [upload] = await sentFile({})
    expect(upload?.headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=edge-inbox-[0-9a-f-]{36}$/)
    expect(upload?.headers.get('content-type')).not.toContain(token)
  })

  test.each<[Parameters<typeof file>[1], string, object]>([
    [{ type: 'image' }, 'Ось фото', { type: 'image', image: { id: '9000', caption: 'Ось фото' } }],
    [{ type: 'image' }, '', { type: 'image', image: { id: '9000' } }],
    [{ type: 'video', mimeType: 'video/mp4' }, 'Відео', { type: 'video', video: { id: '9000', caption: 'Відео' } }],
    [{ type: 'audio', mimeType: 'audio/ogg' }, '', { type: 'audio', audio: { id: '9000' } }],
    [{ type: 'sticker', mimeType: 'image/webp' }, '', { type: 'sticker', sticker: { id: '9000' } }],
    [
      { type: 'document', mimeType: 'application/pdf', filename: 'договір.pdf' },
      'Договір',
      { type: 'document', document: { id: '9000', filename: 'договір.pdf', caption: 'Договір' } },
    ],
  ])('%j with the caption %j is named by the id of its upload', async (more, caption, content) => {
    const [, message] = await sentFile(more, caption)
    expect(message?.json).toEqual({ ...common, ...content })
  })
})
