import { intoMail } from './planted-mail-faults.ts'
import { intoNotifications } from './planted-notification-faults.ts'
import { intoReplies } from './planted-reply-faults.ts'

/** A place in a source file to change. `find` stands there exactly once. */
export type Patch = { file: string; find: string; replace: string }
/** A fault on purpose: what it breaks, and how. Each must be found by the simulator, or the simulator proves nothing. */
export type PlantedFault = { name: string; breaks: string; patches: readonly Patch[] }

const hub = 'src/hub/tenant-hub.ts'
const ingest = 'src/ingest/ingest.ts'
const message = 'src/ingest/message.ts'
const amendment = 'src/ingest/amendment.ts'
const frames = 'src/hub/frames.ts'
const follower = 'src/client/journal-follower.ts'

const intoEveryHub: readonly PlantedFault[] = [
  {
    name: 'publish-before-commit',
    breaks: 'G1, G3: what is shown is stored',
    patches: [
      {
        file: hub,
        find: 'const outcome = await ingest(this.env.DB, items, context)',
        replace:
          'const early = { ...context, onPlanned: (events) => { this.#publish(events) } }\n' +
          'const outcome = await ingest(this.env.DB, items, early)',
      },
      {
        file: ingest,
        find: 'const plan = planItems(snapshot, items, context)',
        replace:
          'const plan = planItems(snapshot, items, context)\n    context.onPlanned?.(plan.draft.events.map(toCommittedEvent))',
      },
    ],
  },
  {
    name: 'answered-before-commit',
    breaks: 'G1: a sender is answered once it is stored',
    patches: [
      {
        file: hub,
        find: 'return await this.#committer.submit(items)',
        replace:
          'void this.#committer.submit(items).catch(() => undefined)\n' +
          "return items.map(() => ({ outcome: 'stored', messageId: null, conversationId: null, seq: null }))",
      },
    ],
  },
  {
    name: 'hub-failure-answered-200',
    breaks: 'G1: a delivery of which a part failed is sent again',
    patches: [
      {
        file: 'src/http/webhooks.routes.ts',
        find: 'if (intake.failure !== undefined) throw intake.failure',
        replace: '',
      },
    ],
  },
  {
    name: 'quarantine-object-optional',
    breaks: 'G7: what cannot be read is kept',
    patches: [
      {
        file: 'src/http/keep-refused.ts',
        find: 'await env.BUCKET.put(objectKey, bytes)',
        replace: 'await env.BUCKET.put(objectKey, bytes).catch(() => null)',
      },
    ],
  },
  {
    name: 'unsent-forgotten-on-waking',
    breaks: 'G4: what was committed and not sent is sent after the next start',
    patches: [
      { file: hub, find: 'const isAwakened = sent !== null', replace: 'const isAwakened = false && sent !== null' },
    ],
  },
  {
    name: 'no-catching-up',
    breaks: 'G4: what the hub did not show when it was stored, it shows before anything newer',
    patches: [
      {
        file: hub,
        find: 'if (this.#ring !== null) await this.#catchUp(this.#ring).catch(() => undefined)',
        replace: '',
      },
      { file: hub, find: 'else if (head.seq !== ring.head) await this.#catchUp(ring)', replace: '' },
    ],
  },
  {
    name: 'no-replay',
    breaks: 'G5: a resumed socket gets everything since its cursor',
    patches: [
      {
        file: hub,
        find: 'const events = missed ?? []',
        replace: 'const events = []',
      },
    ],
  },
  {
    name: 'ring-with-a-hole',
    breaks: 'G5: resume is never partial',
    patches: [
      {
        file: 'src/hub/ring.ts',
        find: 'ring.events.push(event)',
        replace: "if (event.type !== 'message_status') ring.events.push(event)",
      },
    ],
  },
  {
    name: 'pong-with-an-old-head',
    breaks: 'G5: pongs carry the head',
    patches: [
      {
        file: hub,
        find: 'pongFrame({ seq: this.#ring?.head ?? 0',
        replace: 'pongFrame({ seq: Math.max(0, (this.#ring?.head ?? 0) - 1)',
      },
    ],
  },
  {
    name: 'pong-not-rearmed',
    breaks: 'G5: pongs carry the head',
    patches: [
      {
        file: hub,
        find: 'tellerFor(this.#bells, this.#epoch))\n    this.#armPong()',
        replace: 'tellerFor(this.#bells, this.#epoch))',
      },
    ],
  },
  {
    name: 'filter-hides-without-skip',
    breaks: 'G5: a hole always means loss',
    patches: [
      {
        file: frames,
        find: 'if (hiddenFrom !== null) frames.push(',
        replace: 'if (false) frames.push(',
      },
    ],
  },
  {
    name: 'skip-covers-a-visible-event',
    breaks: 'G5: skip covers only what a socket may not or does not want to see',
    patches: [{ file: frames, find: 'endSkip(event.seq - 1)', replace: 'endSkip(event.seq)' }],
  },
  {
    name: 'ticket-works-twice',
    breaks: 'a ticket opens one socket',
    patches: [{ file: 'src/store/used-tokens.ts', find: 'return inserted.length > 0', replace: 'return true' }],
  },
  {
    name: 'tenants-share-a-journal',
    breaks: 'G10: tenants are apart',
    patches: [
      {
        file: 'src/store/journal.ts',
        find: 'const where = and(eq(journalEvents.tenantId, tenantId), gt(journalEvents.seq, seq))',
        replace: 'const where = gt(journalEvents.seq, seq)',
      },
    ],
  },
]

const intoIngest: readonly PlantedFault[] = [
  {
    name: 'no-dedupe',
    breaks: 'G2: one message however often it is sent',
    patches: [
      {
        file: message,
        find: 'const known = findMessage(draft, channel.id, item.externalId)',
        replace: 'const known = undefined',
      },
      { file: message, find: 'key: `message:${message.id}`', replace: 'key: `message:${message.id}:${message.seq}`' },
    ],
  },
  {
    name: 'no-revision-check',
    breaks: 'G4: two instances that overlap never both write on one snapshot',
    patches: [
      {
        file: 'src/ingest/commit.ts',
        find: 'revision = case when revision = ?3 then revision + 1 end where',
        replace: 'revision = case when ?3 = ?3 then revision + 1 end where',
      },
    ],
  },
  {
    name: 'memory-outlives-another-writer',
    breaks: 'G4: what the hub remembers is never the truth',
    patches: [
      {
        file: 'src/ingest/memory.ts',
        find: 'if (memory.head?.revision !== draft.head.revision) forget(memory)',
        replace: '',
      },
    ],
  },
  {
    name: 'seq-in-memory',
    breaks: 'G3: numbers are dense and come from the database',
    patches: [
      {
        file: ingest,
        find: 'const plan = planItems(snapshot, items, context)',
        replace:
          'const seqs = (globalThis.plantedSeqs ??= new Map())\n' +
          'const known = { ...snapshot.head, seq: seqs.get(context.tenantId) ?? snapshot.head.seq }\n' +
          'const plan = planItems({ ...snapshot, head: known }, items, context)\n' +
          'seqs.set(context.tenantId, plan.draft.head.seq)',
      },
    ],
  },
  {
    name: 'duplicate-counts-as-unread',
    breaks: 'a counter changes only with the message it counts',
    patches: [
      {
        file: message,
        find: "return { outcome: 'duplicate', messageId: known.id, conversationId: known.conversationId, seq: known.seq }",
        replace:
          'const counted = draft.conversations.byKey.get(known.conversationId)\n' +
          '  if (counted !== undefined) countMessageIn(draft, counted, known, false)\n' +
          "  return { outcome: 'duplicate', messageId: known.id, conversationId: known.conversationId, seq: known.seq }",
      },
    ],
  },
  {
    name: 'status-goes-back',
    breaks: 'G8: statuses only move forward',
    patches: [
      {
        file: amendment,
        find: "message.direction !== 'outbound' || !isForward(message.status, status)",
        replace: "message.direction !== 'outbound' || message.status === status",
      },
    ],
  },
  {
    name: 'parked-never-applied',
    breaks: 'G8: early is not lost',
    patches: [
      {
        file: amendment,
        find: "if ('targetExternalId' in row.item) amend(draft, { id: message.channelId }, row.item, { isSilent: true })",
        replace: '',
      },
    ],
  },
  {
    name: 'last-edit-to-arrive-wins',
    breaks: 'G8: the order of arrival makes no difference',
    patches: [
      {
        file: amendment,
        find: 'if (message.deletedAt !== null || !isNewer) return null',
        replace: 'if (message.deletedAt !== null || content === message.content) return null',
      },
    ],
  },
  {
    name: 'merge-leaves-messages-behind',
    breaks: 'one person has one conversation',
    patches: [
      {
        file: 'src/ingest/commit.ts',
        find: '[moveMessages, moveSends, moveNotes].map((move) =>',
        replace: '[moveSends, moveNotes].map((move) =>',
      },
    ],
  },
  {
    name: 'journal-keeps-what-was-taken-back',
    breaks: 'what its author took back is nowhere to be read',
    patches: [{ file: 'src/ingest/commit.ts', find: '...scrubJournal(d1, draft),', replace: '' }],
  },
]

const intoClient: readonly PlantedFault[] = [
  {
    name: 'client-ignores-skip',
    breaks: 'G5: skip moves the cursor',
    patches: [
      {
        file: follower,
        find: 'if (!this.#isConnected) return\n    this.#target = Math.max',
        replace: "if (!this.#isConnected || item.type === 'skip') return\n    this.#target = Math.max",
      },
    ],
  },
  {
    name: 'client-ignores-gaps',
    breaks: 'G5: a hole means that the rest is asked for',
    patches: [
      {
        file: 'src/client/cursor.ts',
        find: "return firstOf(item) <= seq + 1 ? 'next' : 'gap'",
        replace: "return 'next'",
      },
    ],
  },
  {
    name: 'client-ignores-pongs',
    breaks: 'G5: a pong tells of a lost last event',
    patches: [{ file: follower, find: 'else this.#expect(seq)\n  }\n\n  /** Goes on', replace: '}\n\n  /** Goes on' }],
  },
  {
    name: 'client-takes-events-twice',
    breaks: 'G5: every event once',
    patches: [
      {
        file: follower,
        find: 'if (this.#cursor === null || item.seq <= this.#cursor.seq) continue',
        replace: 'if (this.#cursor === null) continue',
      },
      {
        file: 'src/client/cursor.ts',
        find: "if (item.seq <= seq) return 'seen'",
        replace: '',
      },
    ],
  },
  {
    name: 'heal-reads-too-early',
    breaks: 'G5: a page covers what it was read for, and nothing that came later',
    patches: [
      {
        file: follower,
        find: "page.seq > since ? [{ type: 'skip', from: since + 1, seq: page.seq }] : []",
        replace: "page.seq > since ? [{ type: 'skip', from: since + 1, seq: Math.max(page.seq, this.#target) }] : []",
      },
    ],
  },
  {
    name: 'heal-drops-what-waited',
    breaks: 'G5: what arrives while a gap is filled is delivered after it',
    patches: [
      {
        file: follower,
        find: "if (connection !== this.#connection || this.#cursor?.epoch !== epoch) return 'done'\n    this.#deliverWaiting()",
        replace:
          "if (connection !== this.#connection || this.#cursor?.epoch !== epoch) return 'done'\n" +
          '    const newest = this.#waiting.at(-1)?.seq ?? 0\n' +
          '    if (newest > this.#cursor.seq) this.#moveTo(newest, epoch)\n' +
          '    this.#waiting = []',
      },
    ],
  },
]

export const plantedFaults: readonly PlantedFault[] = [
  ...intoEveryHub,
  ...intoIngest,
  ...intoReplies,
  ...intoMail,
  ...intoNotifications,
  ...intoClient,
]

/** A source with the faults' patches of this file applied. Throws when a place is not there any more. */
export function applyPatches(file: string, source: string, patches: readonly Patch[]): string {
  return patches
    .filter((patch) => patch.file === file)
    .reduce((text, { find, replace }) => {
      const parts = text.split(find)
      if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times, not once: ${find}`)
      return parts.join(replace)
    }, source)
}
