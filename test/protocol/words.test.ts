import { describe, expect, it } from 'vitest'
import { closeCodes, isTerminalCloseCode } from '../../src/protocol/close-codes.ts'
import { ClientFrame, FilterFrame, ServerFrame, pingFrame } from '../../src/protocol/frames.ts'
import { Platform, Uuid, isForward, messageStatuses } from '../../src/protocol/words.ts'

describe('statuses', () => {
  it('move forward only: queued, sent, delivered, read, played; failed ends', () => {
    const order = ['queued', 'sent', 'delivered', 'read', 'played', 'failed'] as const
    for (const [at, current] of order.entries()) {
      for (const [to, next] of order.entries()) expect(isForward(current, next)).toBe(to > at)
    }
  })

  it('that nobody knows give way to any report of the platform', () => {
    for (const next of messageStatuses) expect(isForward('unknown', next)).toBe(!['queued', 'unknown'].includes(next))
  })
})

describe('close codes', () => {
  it('say stay away from 4500 on, and come back for everything else', () => {
    const terminal = Object.entries(closeCodes).filter(([, code]) => isTerminalCloseCode(code))
    expect(terminal.map(([name]) => name)).toEqual([
      'unauthorised',
      'protocol',
      'origin',
      'tooManySockets',
      'tenantOff',
      'malformed',
    ])
    for (const code of [1000, 1001, 1006, 1012]) expect(isTerminalCloseCode(code)).toBe(false)
  })
})

describe('frames', () => {
  it('take exactly the documented ping', () => {
    expect(ClientFrame.parse(JSON.parse(pingFrame))).toEqual({ type: 'ping' })
  })

  it('refuse a filter that would not fit a socket', () => {
    const many = Array.from({ length: 51 }, () => crypto.randomUUID())
    expect(FilterFrame.safeParse({ type: 'filter', conversation_ids: many }).success).toBe(false)
    expect(FilterFrame.safeParse({ type: 'filter', platforms: ['Fax machine'] }).success).toBe(false)
    const words = Array.from({ length: 33 }, (_, at) => `platform_${at}`)
    expect(FilterFrame.safeParse({ type: 'filter', platforms: words }).success).toBe(false)
  })

  it('pass on fields they do not know, so that a newer server does not break an older client', () => {
    const frame = { type: 'skip', from: 1, seq: 2, later: true }
    expect(ServerFrame.safeParse(frame).success).toBe(true)
  })
})

describe('platforms', () => {
  it('are short words in small letters, also those that nobody here has heard of', () => {
    for (const good of ['whatsapp', 'pigeon', 'fax_2', 'sm']) expect(Platform.safeParse(good).success).toBe(true)
    const bad = ['', 'x', 'Fax', 'fax machine', '2fax', '__proto__', 'пошта', 'a'.repeat(33)]
    for (const word of bad) expect(Platform.safeParse(word).success).toBe(false)
  })
})

describe('ids', () => {
  it('are lower-case UUIDs and nothing else', () => {
    const id = crypto.randomUUID()
    expect(Uuid.safeParse(id).success).toBe(true)
    for (const bad of [id.toUpperCase(), `${id}/..`, `%20${id}`, '', '../', id.replaceAll('-', '')]) {
      expect(Uuid.safeParse(bad).success).toBe(false)
    }
  })
})
