import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../scripts/demo/random.ts'
import { type DemoRequest, type MetaPlatform } from '../../../scripts/demo/request.ts'
import { createScript, pauseMs } from '../../../scripts/demo/script.ts'
import { readDemoSettings } from '../../../scripts/demo/settings.ts'
import type { StoredFile } from '../../../scripts/demo/files.ts'
import { stories } from '../../../scripts/demo/stories.ts'
import { adapterFor } from '../../../src/channels/registry.ts'

type WhatsAppMessage = { id: string; type?: string; status?: string; timestamp: string; [part: string]: unknown }
type WhatsAppBody = { entry: { changes: { field: string; value: Record<string, WhatsAppMessage[]> }[] }[] }

const now = Date.parse('2026-11-23T12:00:00Z')

/** Keeps nothing: names a place for each file. */
const store = (accountId: string, { key, mimeType }: { key: string; mimeType: string }): StoredFile => {
  const url = `https://scontent.fbcdn.net/${accountId}/${key}`
  return { id: `${accountId}.${key}`, url, mimeType, sha256Base64: btoa(key) }
}

function play(seed: number, liveCount: number, runId = 1): DemoRequest[] {
  const script = createScript({ seed, runId, store })
  const live = Array.from({ length: liveCount }, (_, index) => script.next(now + index * 3000))
  return [...script.backlog(now), ...live]
}

/** Backlog first, then live: the order in which the demo sends. */
function performance(liveCount: number, seed = 1): { backlog: DemoRequest[]; live: DemoRequest[] } {
  const script = createScript({ seed, runId: 1, store })
  const backlog = script.backlog(now)
  return { backlog, live: Array.from({ length: liveCount }, (_, index) => script.next(now + index * 3000)) }
}

/** The single message, echo or status of a WhatsApp request. */
function partOf(request: DemoRequest): WhatsAppMessage & { field: string; part: string } {
  if (request.platform !== 'whatsapp') throw new TypeError('not a WhatsApp request')
  const change = (request.body as WhatsAppBody).entry[0]?.changes[0]
  const part = ['messages', 'message_echoes', 'statuses'].find((name) => change?.value[name]) ?? ''
  const message = change?.value[part]?.[0]
  if (!change || !message) throw new TypeError('an empty delivery')
  return { ...message, field: change.field, part }
}

type MessagingEvent = { sender: { id: string }; timestamp: number } & Record<string, Record<string, unknown>>
type MessagingBody = { entry: { messaging: MessagingEvent[] }[] }

/** The single event of a request of Messenger or Instagram. */
function eventOf(request: DemoRequest): MessagingEvent {
  const body = 'body' in request ? (request.body as unknown as MessagingBody) : { entry: [] }
  const event = body.entry[0]?.messaging[0]
  if (!event) throw new TypeError('an empty delivery')
  return event
}

const eventsOf = (requests: readonly DemoRequest[], platform: 'facebook' | 'instagram') =>
  requests.filter((request) => request.platform === platform).map((request) => eventOf(request))

const bodiesOf = (requests: readonly DemoRequest[], platform: MetaPlatform) =>
  requests.flatMap((request) => (request.platform === platform ? [request.body] : []))

const whatsappOnly = (requests: readonly DemoRequest[]) =>
  requests.filter((request) => request.platform === 'whatsapp').map((request) => partOf(request))

describe('the demo script', () => {
  it('tells the same to the same seed, and something else to another', () => {
    expect(play(7, 60)).toEqual(play(7, 60))
    expect(play(7, 60)).not.toEqual(play(8, 60))
  })

  it('uses other message ids in another run, so that a kept database takes them as new', () => {
    const ids = (runId: number) => new Set(whatsappOnly(play(1, 60, runId)).map(({ id }) => id))
    expect([...ids(1)].filter((id) => ids(2).has(id))).toEqual([])
  })

  it('has customers in five languages, eight of them on WhatsApp', () => {
    expect(new Set(stories.map(({ customer }) => customer.language)).size).toBe(5)
    const onWhatsApp = stories.filter(({ customer }) => customer.platform === 'whatsapp')
    expect(onWhatsApp.length).toBeGreaterThanOrEqual(8)
    expect(new Set(stories.map(({ customer }) => customer.address)).size).toBe(stories.length)
  })

  it('begins with the last days, oldest first and never in the future', () => {
    const times = whatsappOnly(performance(0).backlog)
      .filter(({ part }) => part !== 'statuses')
      .map(({ timestamp }) => Number(timestamp))
    expect(times.length).toBeGreaterThan(8)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.at(-1)).toBeLessThan(now / 1000)
    expect(now / 1000 - (times[0] ?? 0)).toBeGreaterThan(48 * 3600)
  })

  it('shows every kind of WhatsApp message within its first hundred and fifty', () => {
    const kinds = new Set(whatsappOnly(performance(150).live).map(({ type, status }) => type ?? status))
    const wanted = [
      'text',
      'image',
      'document',
      'audio',
      'location',
      'reaction',
      'edit',
      'event_invitation',
      'delivered',
      'read',
    ]
    expect(wanted.filter((kind) => !kinds.has(kind))).toEqual([])
  })

  it('sends an answer from the phone before its statuses, delivered before read', () => {
    const parts = whatsappOnly(performance(300).live)
    for (const { id, status } of parts.filter(({ part }) => part === 'statuses')) {
      const ofMessage = parts.filter((other) => other.id === id).map((other) => other.status ?? other.field)
      expect(ofMessage.slice(0, ofMessage.indexOf(status ?? '') + 1)).toEqual(
        ['smb_message_echoes', 'delivered', 'read'].slice(0, status === 'read' ? 3 : 2),
      )
    }
    expect(parts.filter(({ part }) => part === 'statuses').length).toBeGreaterThan(10)
  })

  it('refers only to messages that were sent before', () => {
    const { backlog, live } = performance(200)
    const known = new Set<string>()
    let references = 0
    for (const part of whatsappOnly([...backlog, ...live])) {
      const named = JSON.stringify(part).match(
        /"(?:message_id|original_message_id)":"([^"]+)"|"context":\{[^}]*"id":"([^"]+)"/,
      )
      const target = named?.[1] ?? named?.[2]
      if (target) references += known.has(target) ? 1 : Number.NaN
      known.add(part.id)
    }
    expect(references).toBeGreaterThanOrEqual(5)
  })

  it('never sends two messages under one id', () => {
    const { backlog, live } = performance(300)
    const ids = whatsappOnly([...backlog, ...live])
      .filter(({ part }) => part !== 'statuses')
      .map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('says of what happens at Telegram which message it is about, by a name that was given before', () => {
    const { backlog, live } = performance(300)
    const acts = [...backlog, ...live].flatMap((request) => (request.platform === 'telegram' ? [request.act] : []))
    const known = new Set<string>()
    let targets = 0
    for (const { id, target } of acts) {
      if (target !== null) targets += known.has(target) ? 1 : Number.NaN
      known.add(id)
    }
    expect(targets).toBeGreaterThan(10)
  })

  it('lets anybody of a group go on talking when the story is told', () => {
    const { live } = performance(900)
    const talk = live.slice(-300).flatMap((request) => (request.platform === 'telegram' ? [request.label] : []))
    const speakers = new Set(talk.flatMap((label) => /^(.+) in «/.exec(label)?.[1] ?? []))
    expect(speakers.size).toBe(3)
  })

  it.each<MetaPlatform>(['whatsapp', 'facebook', 'instagram'])('sends %s what its adapter understands', (platform) => {
    const { backlog, live } = performance(400)
    const bodies = bodiesOf([...backlog, ...live], platform)
    expect(bodies.length).toBeGreaterThan(20)
    const updates = bodies.map((body) => adapterFor(platform)?.parse(body) ?? [])
    for (const parsed of updates) {
      expect(parsed.length).toBeGreaterThan(0)
      for (const update of parsed) expect(update).toMatchObject({ kind: 'item' })
    }
    const types = updates
      .flat()
      .flatMap((update) => (update.kind === 'item' && update.item.kind === 'message' ? [update.item.type] : []))
    expect(types).toContain('image')
    if (platform !== 'facebook') expect(types).toContain('unsupported')
  })

  it('shows what only Messenger and Instagram have', () => {
    const { backlog, live } = performance(150)
    const all = [...backlog, ...live]
    const text = (platform: 'facebook' | 'instagram') => JSON.stringify(eventsOf(all, platform))
    for (const part of [
      '"postback"',
      '"referral"',
      '"sticker"',
      '"fallback"',
      '"is_echo":true',
      '"watermark"',
      '"message_edit"',
    ]) {
      expect(text('facebook')).toContain(part)
    }
    for (const part of [
      '"story"',
      '"story_mention"',
      '"ig_post"',
      '"is_deleted":true',
      '"is_echo":true',
      '"read":{"mid"',
      '"reaction"',
    ]) {
      expect(text('instagram')).toContain(part)
    }
  })

  it('refers in Messenger and on Instagram only to messages that were sent before', () => {
    const { backlog, live } = performance(300)
    for (const platform of ['facebook', 'instagram'] as const) {
      const known = new Set<unknown>()
      let references = 0
      for (const event of eventsOf([...backlog, ...live], platform)) {
        const { message, reaction, message_edit: edit, read } = event
        const reply = message?.['reply_to'] as Record<string, unknown> | undefined
        const target = reaction?.['mid'] ?? edit?.['mid'] ?? read?.['mid'] ?? reply?.['mid']
        if (target !== undefined) references += known.has(target) ? 1 : Number.NaN
        known.add(message?.['mid'])
      }
      expect(references).toBeGreaterThanOrEqual(2)
    }
  })

  it('lets the customer who got a reply answer it, and nobody else', () => {
    const script = createScript({ seed: 1, runId: 1, store })
    const received = { platform: 'facebook', address: '7100000000100022', messageId: 'm_ours' } as const
    const answers = Array.from({ length: 40 }, () => script.answerTo(received, now))
    const text = JSON.stringify(answers)
    for (const answer of answers) expect(answer?.label).toMatch(/^Robert Miller: /)
    expect(text).toContain('"reply_to":{"mid":"m_ours"}')
    expect(text).toContain('"reaction":{"mid":"m_ours"')
    expect(text).toMatch(/"text":"[A-Z][a-z]/)
    expect(script.answerTo({ ...received, address: '1' }, now)).toBeNull()
    expect(script.answerTo({ ...received, platform: 'instagram' }, now)).toBeNull()
  })

  it('goes on the same whether or not customers answered in between', () => {
    const talk = (isAnswered: boolean) => {
      const script = createScript({ seed: 1, runId: 1, store })
      return Array.from({ length: 50 }, (_, index) => {
        if (isAnswered) script.answerTo({ platform: 'whatsapp', address: '380501110001', messageId: 'wamid.x' }, now)
        return script.next(now + index * 3000).label
      })
    }
    expect(talk(true)).toEqual(talk(false))
  })

  it('goes on when all stories are told', () => {
    const { live } = performance(600)
    expect(live.at(-1)?.label).toMatch(/: «.+»|delivered|read/)
  })

  it('lets nobody say the same twice in a row', () => {
    const { live } = performance(900)
    const texts = eventsOf(live, 'facebook').filter(
      ({ message }) => message?.['text'] !== undefined && message['is_echo'] !== true,
    )
    const bySender = Map.groupBy(texts, ({ sender }) => sender.id)
    for (const said of bySender.values()) {
      const words = said.map(({ message }) => message?.['text'])
      expect(words.length).toBeGreaterThan(20)
      expect(words.filter((text, at) => at > 0 && text === words[at - 1])).toEqual([])
    }
  })

  it('has a line for people about everything it sends', () => {
    const { backlog, live } = performance(200)
    for (const { label } of [...backlog, ...live]) expect(label).toMatch(/^.+: .+/)
  })
})

describe('the pace', () => {
  it('is lively for three minutes and calm afterwards', () => {
    const random = createRandom(1)
    const pauses = (elapsedMs: number) => Array.from({ length: 200 }, () => pauseMs(elapsedMs, random))
    expect(Math.min(...pauses(0))).toBeGreaterThanOrEqual(2000)
    expect(Math.max(...pauses(0))).toBeLessThanOrEqual(6000)
    expect(Math.min(...pauses(180_000))).toBeGreaterThanOrEqual(8000)
  })
})

describe('the settings', () => {
  it('have sensible defaults', () => {
    expect(readDemoSettings({})).toEqual({
      seed: 1,
      intervalMs: null,
      max: Infinity,
      stateDir: '.demo/state',
      keep: false,
    })
  })

  it('come from the environment', () => {
    const env = { DEMO_SEED: '5', DEMO_INTERVAL_MS: '0', DEMO_MAX: '10', STATE_DIR: '/tmp/x', DEMO_KEEP: '1' }
    expect(readDemoSettings(env)).toEqual({ seed: 5, intervalMs: 0, max: 10, stateDir: '/tmp/x', keep: true })
  })

  it('refuse what is no number', () => {
    expect(() => readDemoSettings({ DEMO_MAX: 'ten' })).toThrow('DEMO_MAX=ten is not a whole number')
  })
})
