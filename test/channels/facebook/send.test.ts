import { describe, expect, test } from 'vitest'
import { send } from '../../../src/channels/facebook/send.ts'
import { graphVersion } from '../../../src/channels/meta/graph.ts'
import type { OutboundMessage } from '../../../src/channels/outbound.ts'
import { file, go, json, platform, reply } from '../platform-io.ts'

const accepted = () => json({ recipient_id: '5500000000000001', message_id: 'm_1' })
const recipient = { id: '5500000000000001' }
const metadata = reply().id

async function sent(more: Partial<OutboundMessage>): Promise<unknown> {
  const { io, seen } = platform([accepted()])
  expect(await send(reply(more), io, go)).toEqual({ kind: 'sent', externalId: 'm_1' })
  expect(seen[0]?.url.pathname).toBe(`/${graphVersion}/106540352242922/messages`)
  return seen[0]?.json
}

describe('a text', () => {
  test('answers within the window, under our own id', async () => {
    const message = { text: 'Добрий день', metadata }
    expect(await sent({})).toEqual({ recipient, messaging_type: 'RESPONSE', message })
  })

  test('of a person after the window carries the tag for that', async () => {
    const tagged = { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }
    expect(await sent({ humanAgent: true })).toMatchObject(tagged)
    expect(await sent({ humanAgent: false })).not.toHaveProperty('tag')
  })

  test('names the message it answers beside itself, where alone it is taken', async () => {
    const body = await sent({ replyToExternalId: 'm_before' })
    expect(body).toMatchObject({ reply_to: { mid: 'm_before' } })
    expect(body).not.toHaveProperty('message.reply_to')
  })

  test('offers choices to tap', async () => {
    const quick_replies = [{ content_type: 'text', title: 'Так', payload: 'yes' }]
    expect(await sent({ buttons: [{ id: 'yes', title: 'Так' }] })).toMatchObject({ message: { quick_replies } })
  })
})

describe('a file', () => {
  test.each([
    ['image', 'image/png', 'image'],
    ['audio', 'audio/mpeg', 'audio'],
    ['video', 'video/mp4', 'video'],
    ['document', 'application/pdf', 'file'],
  ] as const)('of the type %s is uploaded as a form and then named', async (type, mimeType, theirs) => {
    const { io, seen } = platform([json({ attachment_id: '1857777774821032' }), accepted()])
    const message = reply({ content: '', attachments: [file('the bytes', { type, mimeType, filename: 'a.bin' })] })
    expect(await send(message, io, go)).toEqual({ kind: 'sent', externalId: 'm_1' })
    const [upload, visible] = seen
    expect(upload?.url.pathname).toBe(`/${graphVersion}/106540352242922/message_attachments`)
    expect(JSON.parse(upload?.form?.get('message') as string)).toEqual({
      attachment: { type: theirs, payload: { is_reusable: true } },
    })
    const sent = upload?.form?.get('filedata') as File
    expect([sent.name, sent.type, await sent.text()]).toEqual(['a.bin', mimeType, 'the bytes'])
    const attachment = { type: theirs, payload: { attachment_id: '1857777774821032' } }
    expect(visible?.json).toEqual({ recipient, messaging_type: 'RESPONSE', message: { attachment, metadata } })
  })
})
