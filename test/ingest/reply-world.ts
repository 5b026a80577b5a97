import fc from 'fast-check'
import type { InboundItem } from '../../src/channels/channel.ts'
import type { DeliveryItem, IngestItem } from '../../src/ingest/items.ts'
import { message, onChannel, phone, send } from './builders.ts'
import { apply, beginSending, emptyModel, now } from './model.ts'

/*
 * Replies that are on their way, and everything that a platform may say of them: the answer to the request, echoes,
 * statuses, marks, in any order. A platform is consistent: what it took has one external id, what it refused has none.
 */

const contact = { aliases: [phone('1')] as [ReturnType<typeof phone>], name: 'Ann' }
const error = { code: '1', title: 'No', details: null }

/** `sent` and `lost` were taken by the platform; of `lost` nobody got the answer. `vanished` never arrived there. */
type Fate = 'sent' | 'failed' | 'lost' | 'vanished'
type Reply = { content: string; fate: Fate; isEchoed: boolean; statuses: ('delivered' | 'read' | 'failed')[] }

/** Whether the platform hands our reference back. */
type World = { hasReferences: boolean; hasMarks: boolean; replies: Reply[]; elsewhere: string[]; marks: number[] }

const aReply: fc.Arbitrary<Reply> = fc.record({
  content: fc.constantFrom('yes', 'no'),
  fate: fc.constantFrom('sent' as const, 'sent' as const, 'failed' as const, 'lost' as const, 'vanished' as const),
  isEchoed: fc.boolean(),
  statuses: fc.subarray(['delivered', 'read', 'failed'] as const).map((list) => [...list]),
})

const aWorld: fc.Arbitrary<World> = fc
  .record({
    hasReferences: fc.boolean(),
    hasMarks: fc.boolean(),
    replies: fc.array(aReply, { minLength: 1, maxLength: 4 }),
    elsewhere: fc.array(fc.constantFrom('yes', 'no'), { maxLength: 2 }),
    marks: fc.array(fc.integer({ min: -60, max: 0 }), { maxLength: 3 }),
  })
  .map(withoutRiddles)

/** Of two echoes that say the same nobody can tell which is of the reply whose answer was lost. */
function withoutRiddles({ replies, elsewhere, ...rest }: World): World {
  const vanished = new Set(replies.flatMap(({ fate, content }) => (fate === 'vanished' ? content : [])))
  return {
    ...rest,
    replies: replies.map((reply, n) => (reply.fate === 'lost' ? { ...reply, content: `lost ${n}` } : reply)),
    elsewhere: elsewhere.filter((content) => !vanished.has(content)),
  }
}

/** One conversation, with the replies of a world on their way. */
function begin({ replies }: World, tenantId: string) {
  const hello = onChannel(message({ externalId: 'hello', contact, at: now - 90_000 }))
  const opened = apply(emptyModel(tenantId), hello)
  const conversationId = opened.results[0]?.conversationId ?? ''
  const sends = replies.map(({ content }, n): IngestItem => {
    return { item: send({ conversationId, clientMessageId: String(n), content, at: now - 50_000 + n * 10_000 }) }
  })
  const { model, results } = apply(opened.model, sends)
  const jobs = new Map(model.tables.jobs.map((job) => [job.messageId, job.id]))
  const messageIds = results.map((result) => result.messageId ?? '')
  return { tenantId, model: beginSending(model), hello, sends, conversationId, messageIds, jobs }
}

export type Begun = ReturnType<typeof begin>

function deliveryOf({ fate }: Reply, n: number, { conversationId, messageIds, jobs }: Begun): IngestItem {
  const messageId = messageIds[n] ?? ''
  const outcomes: Record<Fate, DeliveryItem['outcome']> = {
    sent: { kind: 'sent', externalId: `x${n}` },
    failed: { kind: 'failed', error },
    lost: { kind: 'unknown', error },
    vanished: { kind: 'unknown', error },
  }
  const of = { conversationId, messageId, jobId: jobs.get(messageId) ?? '', at: now }
  return { item: { kind: 'delivery', ...of, outcome: outcomes[fate] } }
}

function newsOf(
  { content, fate, isEchoed, statuses }: Reply,
  n: number,
  world: World,
  messageId: string,
): InboundItem[] {
  if (fate === 'failed' || fate === 'vanished') return []
  const reference = world.hasReferences ? { reference: messageId } : {}
  const echo = message({
    externalId: `x${n}`,
    direction: 'outbound',
    contact,
    content,
    echo: reference,
    at: now - 20_000,
  })
  const news = world.hasMarks ? [] : statuses
  return [
    // What nobody can match by what it says must have an echo, or it stays unknown whatever happens.
    ...(isEchoed || (fate === 'lost' && !world.hasReferences) ? [echo] : []),
    ...news.map((status): InboundItem => {
      const failed = status === 'failed' ? { error } : {}
      return { kind: 'status', at: now, targetExternalId: `x${n}`, status, ...reference, ...failed }
    }),
  ]
}

function itemsOf(world: World, begun: Begun): IngestItem[] {
  const { replies, elsewhere, marks, hasMarks } = world
  return [
    ...replies.map((reply, n) => deliveryOf(reply, n, begun)),
    ...onChannel(
      ...replies.flatMap((reply, n) => newsOf(reply, n, world, begun.messageIds[n] ?? '')),
      ...elsewhere.map((content, n) =>
        message({ externalId: `e${n}`, direction: 'outbound', contact, content, echo: {}, at: now - 15_000 }),
      ),
      ...(hasMarks ? marks : []).map((seconds, n): InboundItem => {
        const status = n % 2 === 0 ? 'delivered' : 'read'
        return { kind: 'watermark', at: now, contact, status, upTo: now + seconds * 1000 }
      }),
    ),
  ]
}

/** A world, what is said of its replies, and the same once more in another order, cut and repeated. */
export const aHistory = fc.tuple(aWorld, fc.uuid()).chain(([world, tenantId]) => {
  const begun = begin(world, tenantId)
  const items = itemsOf(world, begun)
  const again = fc.array(fc.constantFrom(...items, ...begun.sends), { maxLength: 6 })
  return fc.record({
    begun: fc.constant(begun),
    items: fc.constant(items),
    shuffled: again.chain((extra) => {
      const all = [...items, ...extra]
      return fc.shuffledSubarray(all, { minLength: all.length })
    }),
    cuts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 20, maxLength: 20 }),
  })
})

export function inBatches(items: readonly IngestItem[], cuts: readonly number[]): IngestItem[][] {
  const batches: IngestItem[][] = []
  for (let from = 0; from < items.length;) {
    const size = cuts[batches.length % cuts.length] ?? 1
    batches.push(items.slice(from, from + size))
    from += size
  }
  return batches
}
