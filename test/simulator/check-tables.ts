import { type ConversationRow, isDouble, type MessageRow, type ReactionRow, type TenantRecord } from './record.ts'
import { aliasesOf, markerOf } from './wire.ts'
import type { MessageUpdate, Update } from './world.ts'

/** The rows against what the platforms reported, whatever order it came in. */
export function checkTables(tenant: TenantRecord, updates: readonly Update[]): string[] {
  const own = updates.filter((update) => update.tenant === tenant.index)
  return [
    ...checkMessages(tenant, own),
    ...checkParked(tenant, own),
    ...checkQuarantine(tenant, own),
    ...tenant.tables.conversations.flatMap((conversation) => checkConversation(tenant, conversation)),
  ]
}

const nameOf = (channelId: string, externalId: string | null): string => `${channelId} ${externalId}`

function checkMessages(tenant: TenantRecord, own: readonly Update[]): string[] {
  const { channels, tables, answers } = tenant
  const expected = own.filter((update) => update.kind === 'message')
  const stored = tables.messages.filter(isOfUpdates(tenant))
  const rows = new Map(stored.map((row) => [nameOf(row.channel_id, row.external_id), row]))
  const findings = expected.flatMap((update) => {
    const row = rows.get(nameOf(channels[update.via], update.externalId))
    if (row === undefined) return [`message ${update.key} is lost`]
    const about = own.filter(({ via, externalId }) => via === update.via && externalId === update.externalId)
    return [...checkMessage(tenant, update, row, about), ...checkPlace(tenant, update, row)]
  })
  if (stored.length !== expected.length) {
    findings.push(`${stored.length} messages are stored of ${expected.length} that were sent`)
  }
  const told = answers.flatMap((answer) => {
    if (answer.kind !== 'message') return []
    const update = expected.find(({ key }) => key === answer.key)
    const row = update === undefined ? undefined : rows.get(nameOf(channels[update.via], update.externalId))
    const isRight = row !== undefined && answer.messageId === row.id && answer.seq === row.seq
    return isRight ? [] : [`${answer.key} was answered with ${answer.messageId} at ${answer.seq}`]
  })
  return [...findings, ...told]
}

/** Replies and what belongs to them are looked at apart (`check-replies.ts`). */
const isOfUpdates =
  ({ channels }: TenantRecord) =>
  ({ channel_id: id }: { channel_id: string }): boolean =>
    id === channels.whatsapp || id === channels.telegram

const ranks = ['sent', 'delivered', 'read', 'failed']

function checkMessage(
  { tables }: TenantRecord,
  update: MessageUpdate,
  row: MessageRow,
  about: readonly Update[],
): string[] {
  const isDeleted = about.some(({ kind }) => kind === 'deletion')
  const edits = about.flatMap((one) => (one.kind === 'edit' ? [one] : []))
  const lastEdit = edits.toSorted((a, b) => a.at - b.at || (a.content < b.content ? -1 : 1)).at(-1)
  const statuses = about.flatMap((one) => (one.kind === 'status' ? [one.status] : []))
  const status = ['sent', ...statuses].toSorted((a, b) => ranks.indexOf(a) - ranks.indexOf(b)).at(-1)
  const expected = {
    content: isDeleted ? '' : (lastEdit?.content ?? update.content),
    status: update.direction === 'outbound' ? status : 'sent',
    direction: update.direction,
    reactions: expectedReactions(about),
    counts_unread: update.direction === 'inbound' ? 1 : 0,
    created_at: update.at,
    isDeleted,
  }
  const given = tables.reactions.filter(({ message_id, emoji }) => message_id === row.id && emoji !== null)
  const actual = { ...row, reactions: reactionWords(given), isDeleted: row.deleted_at !== null }
  const names = Object.keys(expected) as (keyof typeof expected)[]
  return names
    .filter((name) => expected[name] !== actual[name])
    .map((name) => `message ${update.key}: ${name} is ${String(actual[name])}, not ${String(expected[name])}`)
}

function reactionWords(rows: readonly Pick<ReactionRow, 'by' | 'emoji'>[]): string {
  return rows
    .map(({ by, emoji }) => `${by}:${emoji}`)
    .sort()
    .join(' ')
}

function expectedReactions(about: readonly Update[]): string {
  const reactions = about.flatMap((one) => (one.kind === 'reaction' ? [one] : []))
  const latest = [...Map.groupBy(reactions, ({ by }) => by).values()].flatMap(
    (list) => list.toSorted((a, b) => a.at - b.at || (a.emoji < b.emoji ? -1 : 1)).at(-1) ?? [],
  )
  return reactionWords(latest.filter(({ emoji }) => emoji !== ''))
}

/** A message lies in the conversation of the person it is from or to. */
function checkPlace({ tables }: TenantRecord, update: MessageUpdate, row: MessageRow): string[] {
  const conversation = tables.conversations.find(({ id }) => id === row.conversation_id)
  if (conversation === undefined) return [`message ${update.key} lies in no conversation`]
  if (conversation.status === 'merged') return [`message ${update.key} was left behind in a merged conversation`]
  return aliasesOf(update).flatMap(({ kind, value }) => {
    const alias = tables.aliases.find(
      (one) => one.channel_id === row.channel_id && one.kind === kind && one.value === value,
    )
    return alias?.contact_id === conversation.contact_id
      ? []
      : [`message ${update.key} lies in somebody else's conversation`]
  })
}

function checkParked(tenant: TenantRecord, own: readonly Update[]): string[] {
  const { channels, tables } = tenant
  const sent = new Set(
    own.flatMap((one) => (one.kind === 'message' ? [nameOf(channels[one.via], one.externalId)] : [])),
  )
  const orphans = own.flatMap((one) => {
    if (one.kind === 'message' || one.kind === 'unreadable') return []
    const target = nameOf(channels[one.via], one.externalId)
    return sent.has(target) ? [] : [`${target} ${one.kind === 'reaction' ? `reaction:${one.by}` : one.kind}`]
  })
  const expected = new Set(orphans)
  const actual = tables.parked
    .filter(isOfUpdates(tenant))
    .map((row) => `${nameOf(row.channel_id, row.target_external_id)} ${row.key}`)
  return [
    ...actual.filter((name) => !expected.has(name)).map((name) => `parked for nothing: ${name}`),
    ...[...expected].filter((name) => !actual.includes(name)).map((name) => `not parked: ${name}`),
  ]
}

function checkQuarantine({ tables }: TenantRecord, own: readonly Update[]): string[] {
  const markers = own.flatMap((one) => (one.kind === 'unreadable' ? [markerOf(one.key)] : []))
  const findings = markers.flatMap((marker) => {
    const rows = tables.quarantine.filter(({ content }) => content?.includes(marker) === true)
    return rows.length === 1 ? [] : [`${marker} is in quarantine ${rows.length} times`]
  })
  const strangers = tables.quarantine.filter(
    ({ content }) => !markers.some((marker) => content?.includes(marker) === true),
  )
  return [
    ...findings,
    ...strangers.map(
      ({ reason, content }) => `in quarantine as ${reason}: ${content?.slice(0, 300) ?? 'its object is gone'}`,
    ),
  ]
}

function checkConversation({ tables }: TenantRecord, conversation: ConversationRow): string[] {
  const messages = tables.messages.filter((row) => row.conversation_id === conversation.id)
  const what = `conversation ${conversation.id}`
  if (conversation.status === 'merged') {
    return tables.conversations.some(({ id }) => id === conversation.merged_into)
      ? []
      : [`${what} was merged into nothing`]
  }
  return [...checkUnread(tables.conversations, conversation, messages), ...checkLast(conversation, messages)]
}

function checkUnread(
  all: readonly ConversationRow[],
  { id, unread_count: counted, read_seq }: ConversationRow,
  messages: readonly MessageRow[],
): string[] {
  const unread = messages.filter((row) => row.counts_unread === 1 && row.seq > read_seq).length
  // Two conversations that became one keep their counters, but only one of their two read marks.
  const isMerged = all.some(({ merged_into }) => merged_into === id)
  const isRight = isMerged ? counted >= 0 && counted <= unread : counted === unread
  return isRight ? [] : [`conversation ${id} counts ${counted} unread, but has ${unread}`]
}

function checkLast(conversation: ConversationRow, messages: readonly MessageRow[]): string[] {
  const last = messages
    .filter((row) => !isDouble(row))
    .toSorted((a, b) => a.created_at - b.created_at || a.seq - b.seq)
    .at(-1)
  const expected = {
    last_message_id: last?.id ?? null,
    last_message_at: last?.created_at ?? null,
    last_message_seq: last?.seq ?? null,
    last_message_preview: last?.content ?? '',
    last_message_direction: last?.direction ?? null,
  }
  const names = Object.keys(expected) as (keyof typeof expected)[]
  return names
    .filter((name) => conversation[name] !== expected[name])
    .map((name) => `conversation ${conversation.id}: ${name} is ${conversation[name]}, not ${expected[name]}`)
}
