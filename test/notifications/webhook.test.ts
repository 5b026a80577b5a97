import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { webhookBody, webhookId } from '../../src/notifications/webhook-body.ts'
import { maxWebhookAttempts, stepAfterWebhook } from '../../src/notifications/webhook-retry.ts'
import {
  signWebhook,
  verifyWebhook,
  webhookSecret,
  type WebhookHeaders,
} from '../../src/notifications/webhook-signature.ts'
import { NewMessageEvent } from '../../src/protocol/frames.ts'
import { newMessage, noon } from './builders.ts'

// The public example of the specification. Its secret is put together here, since scanners take it for a real one.
const secret = ['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_')
const example = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' }
const exampleSignature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const another = webhookSecret(new Uint8Array(32).fill(7))
const headers = (fields: Partial<WebhookHeaders> = {}): WebhookHeaders => ({
  'webhook-id': example.id,
  'webhook-timestamp': '1614265330',
  'webhook-signature': exampleSignature,
  ...fields,
})
const verify = (of: Partial<WebhookHeaders> = {}, { body = example.body, secrets = [secret], now = example.at } = {}) =>
  verifyWebhook({ headers: headers(of), body }, secrets, now)

describe('a webhook', () => {
  it('is signed as the specification’s example is', async () => {
    await expect(signWebhook(example, [secret])).resolves.toEqual(headers())
  })

  it('is signed as anybody’s HMAC signs it', async () => {
    const someWebhook = fc.record({
      id: fc.stringMatching(/^[\w-]{1,60}$/),
      at: fc.integer({ min: 0, max: 4e12 }),
      body: fc.string({ unit: 'grapheme', maxLength: 60 }),
    })
    const someKey = fc.uint8Array({ minLength: 24, maxLength: 64 })
    await fc.assert(
      fc.asyncProperty(someWebhook, someKey, async (webhook, key) => {
        const signed = await signWebhook(webhook, [webhookSecret(key)])
        const content = `${webhook.id}.${Math.floor(webhook.at / 1000)}.${webhook.body}`
        expect(signed['webhook-signature']).toBe(
          `v1,${createHmac('sha256', key).update(content, 'utf8').digest('base64')}`,
        )
        await expect(
          verifyWebhook({ headers: signed, body: webhook.body }, [webhookSecret(key)], webhook.at),
        ).resolves.toBe('ok')
      }),
    )
  })

  it('is signed by the old secret as well while a new one comes in, and either is enough', async () => {
    const signed = await signWebhook(example, [another, secret])
    expect(signed['webhook-signature'].split(' ')).toHaveLength(2)
    for (const known of [another, secret]) {
      await expect(verifyWebhook({ headers: signed, body: example.body }, [known], example.at)).resolves.toBe('ok')
    }
  })

  it('keeps its id and gets a new time with every attempt', async () => {
    const later = await signWebhook({ ...example, at: example.at + 3_600_000 }, [secret])
    expect(later['webhook-id']).toBe(example.id)
    expect(later['webhook-timestamp']).toBe('1614268930')
    expect(later['webhook-signature']).not.toBe(exampleSignature)
  })

  it('is not signed with an id that could be read in two ways, nor without a secret', async () => {
    await expect(signWebhook({ ...example, id: 'a.b' }, [secret])).rejects.toThrow('webhook id')
    await expect(signWebhook(example, [])).rejects.toThrow('needs a secret')
    for (const bad of ['', 'whsec_', secret.slice(6), 'whsec_c2hvcnQ=', `whsec_${'A'.repeat(400)}`, 'whsec_%%%']) {
      await expect(signWebhook(example, [bad])).rejects.toThrow('unknown form')
    }
  })
})

describe('whoever receives it', () => {
  it('takes it', async () => {
    await expect(verify()).resolves.toBe('ok')
    await expect(verify({ 'webhook-signature': `v1a,AAAA v1,AAAA ${exampleSignature}` })).resolves.toBe('ok')
  })

  it.each<[string, Partial<WebhookHeaders>, string]>([
    ['another id', { 'webhook-id': 'msg_2' }, 'wrong'],
    ['no id', { 'webhook-id': '' }, 'malformed'],
    ['an id with a dot', { 'webhook-id': 'a.1614265330' }, 'malformed'],
    ['another time', { 'webhook-timestamp': '1614265331' }, 'wrong'],
    ['a time that is none', { 'webhook-timestamp': '123junk' }, 'malformed'],
    ['a time with a sign', { 'webhook-timestamp': '+1614265330' }, 'malformed'],
    ['a broken time', { 'webhook-timestamp': '1614265330.5' }, 'malformed'],
    ['no time', { 'webhook-timestamp': '' }, 'malformed'],
    ['a time in milliseconds', { 'webhook-timestamp': '1614265330000' }, 'malformed'],
    ['no signature', { 'webhook-signature': '' }, 'wrong'],
    ['a signature without its version', { 'webhook-signature': exampleSignature.slice(3) }, 'wrong'],
    ['a signature of another version', { 'webhook-signature': exampleSignature.replace('v1', 'v2') }, 'wrong'],
    ['a shorter signature', { 'webhook-signature': 'v1,g0hM9SsE' }, 'wrong'],
    ['a list by commas', { 'webhook-signature': `v1,AAAA,${exampleSignature}` }, 'wrong'],
  ])('refuses %s', async (_, fields, verdict) => {
    await expect(verify(fields)).resolves.toBe(verdict)
  })

  it('refuses another body, another secret, and no secret', async () => {
    await expect(verify({}, { body: `${example.body} ` })).resolves.toBe('wrong')
    await expect(verify({}, { secrets: [another] })).resolves.toBe('wrong')
    await expect(verify({}, { secrets: [] })).resolves.toBe('wrong')
    await expect(verify({}, { secrets: ['whsec_'] })).resolves.toBe('wrong')
  })

  it('refuses what is more than five minutes old, or from the future', async () => {
    await expect(verify({}, { now: example.at + 300_000 })).resolves.toBe('ok')
    await expect(verify({}, { now: example.at + 300_001 })).resolves.toBe('too_old')
    await expect(verify({}, { now: example.at - 300_000 })).resolves.toBe('ok')
    await expect(verify({}, { now: example.at - 300_001 })).resolves.toBe('too_new')
  })

  it('refuses any change of one character of the signature', async () => {
    for (let at = 3; at < exampleSignature.length - 1; at++) {
      const char = exampleSignature[at] === 'A' ? 'B' : 'A'
      const altered = exampleSignature.slice(0, at) + char + exampleSignature.slice(at + 1)
      await expect(verify({ 'webhook-signature': altered })).resolves.toBe('wrong')
    }
  })

  it('looks at ten signatures, not at a thousand', async () => {
    const many = `${'v1,AAAA '.repeat(10)}${exampleSignature}`
    await expect(verify({ 'webhook-signature': many })).resolves.toBe('wrong')
  })
})

describe('what is sent', () => {
  const source = { tenantId: '11111111-1111-4111-8111-111111111111', epoch: 'k3f' }

  it('is the frame as sockets get it, named for good', () => {
    const line = newMessage({ message: { content: 'quote " and \u2028' } })
    const body = JSON.parse(webhookBody(source, line)) as Record<string, unknown>
    expect(body).toMatchObject({
      type: 'new_message',
      timestamp: new Date(noon).toISOString(),
      tenant_id: source.tenantId,
      epoch: 'k3f',
    })
    expect(NewMessageEvent.parse(body['data'])).toEqual(JSON.parse(line.data))
    expect(webhookId(source, 7)).toBe('evt_k3f_7')
  })

  it('has another id in another life of the journal', () => {
    expect(webhookId({ ...source, epoch: 'zzz' }, 7)).not.toBe(webhookId(source, 7))
  })
})

describe('after an attempt', () => {
  const hour = 3_600_000
  const step = (status: number, of: { attempts?: number; retryAfterMs?: number; random?: number } = {}) =>
    stepAfterWebhook({
      status,
      attempts: of.attempts ?? 1,
      retryAfterMs: of.retryAfterMs ?? null,
      random: of.random ?? 0,
    })

  it.each([200, 201, 202, 204, 299])('%i is a delivery', (status) => {
    expect(step(status)).toEqual({ kind: 'delivered' })
  })

  it.each([0, 301, 302, 400, 401, 404, 408, 418, 422, 500, 503])('%i is tried again', (status) => {
    expect(step(status)).toEqual({ kind: 'retry', afterMs: 5_000 })
  })

  it.each([429, 502, 504])('%i is tried again, but not so soon', (status) => {
    expect(step(status)).toEqual({ kind: 'retry', afterMs: 60_000 })
    expect(step(status, { attempts: 3 })).toEqual({ kind: 'retry', afterMs: 0.5 * hour })
  })

  it('410 ends it for good', () => {
    expect(step(410)).toEqual({ kind: 'disabled' })
  })

  it('a server may ask for more time, a day at most', () => {
    expect(step(503, { retryAfterMs: hour })).toEqual({ kind: 'retry', afterMs: hour })
    expect(step(503, { retryAfterMs: 900 * hour })).toEqual({ kind: 'retry', afterMs: 24 * hour })
    expect(step(503, { retryAfterMs: 1, attempts: 4 })).toEqual({ kind: 'retry', afterMs: 2 * hour })
  })

  it('ten are made over three days, each wait longer than the one before, and up to a tenth longer than that', () => {
    const waits = Array.from({ length: maxWebhookAttempts - 1 }, (_, n) => step(500, { attempts: n + 1 }))
    const ms = waits.map((one) => (one.kind === 'retry' ? one.afterMs : 0))
    expect(ms).toEqual([...ms].sort((a, b) => a - b))
    expect(ms.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(72 * hour)
    expect(step(500, { attempts: maxWebhookAttempts })).toEqual({ kind: 'exhausted' })
    expect(step(500, { attempts: 3, random: 0.999 })).toEqual({
      kind: 'retry',
      afterMs: Math.round(0.5 * hour * 1.0999),
    })
  })
})
