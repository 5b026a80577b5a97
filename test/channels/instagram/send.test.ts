import { describe, expect, test } from 'vitest'
import { send } from '../../../src/channels/instagram/send.ts'
import { graphVersion } from '../../../src/channels/meta/graph.ts'
import type { OutboundMessage } from '../../../src/channels/outbound.ts'
import { file, go, instagramLogin, json, platform, reply, token } from '../platform-io.ts'

const recipient = { id: '5500000000000001' }

async function sent(more: Partial<OutboundMessage>, io = {}) {
  const { io: asked, seen } = platform([json({ recipient_id: '5500000000000001', message_id: 'aWdfZAG1' })], io)
  expect(await send(reply(more), asked, go)).toEqual({ kind: 'sent', externalId: 'aWdfZAG1' })
  expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${token}`)
  return seen[0]
}

describe('a message', () => {
  test('of an account that signed in with Instagram goes to its host', async () => {
    const request = await sent({}, instagramLogin)
    expect(request?.url.href).toBe(`https://graph.instagram.com/${graphVersion}/me/messages`)
    expect(request?.json).toEqual({ recipient, message: { text: 'Добрий день' } })
  })

  test.each([{}, { login: 'page' }])('of an account that is linked to a page (%j) goes to Graph', async (login) => {
    const request = await sent({}, { credentials: { access_token: token, ...login } })
    expect(request?.url.href).toBe(`https://graph.facebook.com/${graphVersion}/me/messages`)
  })

  test('of a person after the window carries the tag for that', async () => {
    const { json: body } = (await sent({ humanAgent: true })) ?? {}
    expect(body).toMatchObject({ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' })
  })

  test('names the message it answers beside itself', async () => {
    const { json: body } = (await sent({ replyToExternalId: 'aWdfbefore' }, instagramLogin)) ?? {}
    expect(body).toMatchObject({ reply_to: { mid: 'aWdfbefore' } })
  })

  test('offers choices to tap', async () => {
    const { json: body } = (await sent({ buttons: [{ id: 'yes', title: 'Так' }] })) ?? {}
    const quick_replies = [{ content_type: 'text', title: 'Так', payload: 'yes' }]
    expect(body).toMatchObject({ message: { text: 'Добрий день', quick_replies } })
  })
})

describe('a file', () => {
  test.each([
    ['image', 'image/jpeg', 'image'],
    ['video', 'video/mp4', 'video'],
    ['audio', 'audio/mp4', 'audio'],
    ['document', 'application/pdf', 'file'],
  ] as const)('of the type %s is fetched by Instagram from a signed address', async (type, mimeType, theirs) => {
    const open = () => Promise.reject(new Error('not to be opened'))
    const request = await sent({ content: '', attachments: [file('x', { type, mimeType, open })] })
    const url = 'https://inbox.example/api/v1/communications/files/signed'
    expect(request?.json).toEqual({ recipient, message: { attachment: { type: theirs, payload: { url } } } })
  })

  test('that cannot be offered is tried again, as nothing was sent', async () => {
    const publicUrl = () => Promise.reject(new Error('no key'))
    const { io, seen } = platform([])
    const outcome = await send(reply({ content: '', attachments: [file('x', { publicUrl })] }), io, go)
    expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'file.unreadable' }, retryAfterMs: 30_000 })
    expect(seen).toHaveLength(0)
  })
})
