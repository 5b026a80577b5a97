import { createNotificationsPage } from './check-notified.ts'
import type { ClientRecord, ConnectionRecord, EventRow, TenantRecord } from './record.ts'

export type Frame = {
  type: string
  seq?: number
  from?: number
  resumed?: boolean
  events?: Frame[]
  [field: string]: unknown
}

/** What one page saw, by what its SDK delivered and by what came over its wires. */
export function checkClient(client: ClientRecord, tenant: TenantRecord): string[] {
  const { feed, connections } = client
  const page = feed === 'notifications' ? createNotificationsPage(client, tenant) : createMessagesPage(client, tenant)
  const findings = [
    ...checkRest(client, tenant),
    ...page.checkApplied(),
    ...connections.flatMap((connection, at) =>
      checkConnection(connection, tenant, page).map((finding) => `socket ${at + 1}: ${finding}`),
    ),
  ]
  return findings.map((finding) => `${client.name}: ${finding}`)
}

/** What has to hold on one of the feeds. */
export type Page = {
  checkApplied(): string[]
  /** A frame with numbers. */
  checkFrame(text: string, frame: Frame): string[]
  /** One without: who is there, who types, what was read, that settings changed. */
  checkAside(frame: Frame): string[]
}

function createMessagesPage(client: ClientRecord, tenant: TenantRecord): Page {
  const versions = Map.groupBy(tenant.tables.versions, ({ seq }) => seq)
  return {
    checkApplied: () => checkApplied(client, tenant),
    checkFrame: (text, frame) =>
      isAsStored(text, frame, versions) ? [] : [`a frame is not what was stored: ${text.slice(0, 200)}`],
    checkAside: ({ type }) => (type.startsWith('notification') ? [`was told ${type}`] : []),
  }
}

function checkRest(client: ClientRecord, { tables }: TenantRecord): string[] {
  const { seq: head } = tables.head
  const findings = client.errors.map((error) => `was told ${error}`)
  if (client.state !== 'live') findings.push(`is ${client.state}`)
  if (client.cursor !== head) findings.push(`ended at ${client.cursor} of ${head}`)
  if (client.calmCursor !== head)
    findings.push(`had to ask for the last message: it stood at ${client.calmCursor} of ${head}`)
  const strange = client.stops.filter((code) => code !== 4500)
  if (strange.length > 0) findings.push(`was sent away with ${strange.join()}`)
  if (client.stops.length > client.excuses) findings.push(`was sent away ${client.stops.length} times without a reason`)
  return findings
}

function checkApplied({ start, applied, platforms }: ClientRecord, { tables }: TenantRecord): string[] {
  if (start === null) return ['never got anywhere']
  const findings: string[] = []
  let last = start
  for (const { seq, type } of applied) {
    if (seq <= last) findings.push(`got ${seq} after ${last}`)
    if (tables.events[seq - 1]?.type !== type) findings.push(`got ${seq} as ${type}, which it is not`)
    last = seq
  }
  const seen = new Set(applied.map(({ seq }) => seq))
  const isWanted = (event: EventRow): boolean =>
    event.type !== 'notification' &&
    (platforms === null || event.platform === null || platforms.includes(event.platform))
  const missed = tables.events.filter((event) => event.seq > start && isWanted(event) && !seen.has(event.seq))
  if (missed.length > 0) findings.push(`missed ${missed.map(({ seq }) => seq).join()}`)
  return findings
}

/** A wire starts with `ready`, then every number follows on the one before, and each frame is what it has to be. */
function checkConnection({ frames, since }: ConnectionRecord, { tables }: TenantRecord, page: Page): string[] {
  const findings: string[] = []
  let last: number | null = null
  for (const [at, text] of frames.entries()) {
    const frame = JSON.parse(text) as Frame
    if ((at === 0) !== (frame.type === 'ready')) findings.push(`frame ${at + 1} is ${frame.type}`)
    switch (frame.type) {
      case 'ready':
        last = (frame.resumed === true ? since : frame.seq) ?? 0
        break
      case 'pong':
        if ((frame.seq ?? 0) < (last ?? 0)) findings.push(`a pong said ${frame.seq} after ${last}`)
        break
      case 'presence':
      case 'typing':
      case 'notifications_read':
      case 'notification_settings':
        findings.push(...page.checkAside(frame))
        break
      default: {
        const parts: Frame[] = frame.type === 'batch' ? (frame.events ?? []) : [frame]
        for (const part of parts) {
          const first = part.type === 'skip' ? part.from : part.seq
          if (last !== null && first !== last + 1) findings.push(`after ${last} came ${first}`)
          last = part.seq ?? last
        }
        findings.push(...page.checkFrame(text, frame))
      }
    }
    if ((frame.seq ?? 0) > tables.head.seq)
      findings.push(`${frame.type} said ${frame.seq}, the head is ${tables.head.seq}`)
  }
  return findings
}

type Versions = ReadonlyMap<number, readonly { data: string }[]>

function isAsStored(text: string, frame: Frame, versions: Versions): boolean {
  if (frame.type !== 'batch') return isLine(text, frame, versions)
  const open = '{"type":"batch","events":['
  if (!text.startsWith(open) || !text.endsWith(']}')) return false
  let at = open.length
  for (const part of frame.events ?? []) {
    const line = candidatesOf(part, versions).find((candidate) => text.startsWith(candidate, at))
    if (line === undefined) return false
    at += line.length + 1
  }
  return at === text.length - 1
}

const isLine = (text: string, frame: Frame, versions: Versions): boolean => candidatesOf(frame, versions).includes(text)

function candidatesOf({ type, from, seq = 0 }: Frame, versions: Versions): string[] {
  if (type === 'skip') return [`{"type":"skip","from":${from},"seq":${seq}}`]
  // Lines that are only notifications have a feed of their own.
  return type === 'notification' ? [] : (versions.get(seq) ?? []).map(({ data }) => data)
}
