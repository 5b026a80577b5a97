import type { Letter } from './mails.ts'
import type { MessageRow, TenantRecord } from './record.ts'

/** Mails: what was written to a tenant against what is stored, and its replies against what the relay has. */
export function checkMails(tenant: TenantRecord): string[] {
  return [...checkLetters(tenant), ...checkThread(tenant), ...checkReplies(tenant)]
}

const rowsOf = ({ tables, channels }: TenantRecord): MessageRow[] =>
  tables.messages.filter((row) => row.channel_id === channels.email)

const isOf =
  ({ id, text }: Letter) =>
  (row: MessageRow): boolean =>
    row.direction === 'inbound' &&
    row.content.trim() === text &&
    row.details.includes(`"message_id":${JSON.stringify(id)}`)

/** Each mail once, with all that it was; nothing that nobody wrote. */
function checkLetters(tenant: TenantRecord): string[] {
  const { letters } = tenant.mailed
  const rows = rowsOf(tenant)
  const findings = letters.flatMap((letter) => {
    const own = rows.filter(isOf(letter))
    const [row] = own
    if (row === undefined || own.length > 1) return [`${letter.key} is stored ${own.length} times`]
    return [...checkRaw(tenant, letter, row), ...checkForm(tenant, letter, row)]
  })
  const strangers = rows.filter((row) => row.direction === 'inbound' && !letters.some((letter) => isOf(letter)(row)))
  return [...findings, ...strangers.map(({ id }) => `mail ${id} was written by nobody`)]
}

function checkRaw({ tables }: TenantRecord, { key, raw }: Letter, { id }: MessageRow): string[] {
  const kept = tables.rawMails.find((one) => one.message_id === id)
  if (kept?.content == null) return [`${key} is not kept as it came`]
  return kept.content === raw ? [] : [`${key} is kept as something else`]
}

function checkForm({ tables }: TenantRecord, { key, kind, hasFile }: Letter, row: MessageRow): string[] {
  const files = tables.attachments.filter(({ message_id }) => message_id === row.id)
  const type = kind === 'bounce' ? 'system' : 'text'
  return [
    ...(row.type === type ? [] : [`${key} is a ${row.type}, not a ${type}`]),
    ...(row.counts_unread === (kind === 'bounce' ? 0 : 1) ? [] : [`${key} counts ${row.counts_unread} as unread`]),
    ...(kind === 'bounce' || files.length === (hasFile ? 1 : 0) ? [] : [`${key} has ${files.length} files`]),
  ]
}

/** One thread is one conversation, in whatever order it came. */
function checkThread(tenant: TenantRecord): string[] {
  const places = new Set(rowsOf(tenant).map((row) => row.conversation_id))
  return places.size > 1 ? [`one thread of mail lies in ${places.size} conversations`] : []
}

/** What is known of each reply is what the relay has, and what came back; it went out once for each time it was asked for. */
function checkReplies(tenant: TenantRecord): string[] {
  const { letters, asked } = tenant.mailed
  return rowsOf(tenant).flatMap((row) => {
    if (row.direction === 'inbound') return []
    const what = row.client_message_id ?? row.external_id
    const own = asked.filter(({ text }) => text === row.content)
    const attempts = 1 + tenant.replied.retried.filter((id) => id === row.id).length
    const requests = own.filter(({ isRefused }) => !isRefused).length
    const hasGone = own.some(({ id }) => id !== null)
    const isKnown = row.external_id === null || own.some(({ id }) => id === row.external_id)
    const isBack = letters.some(({ kind, raw }) => kind === 'bounce' && raw.includes(`<${row.external_id}>`))
    return [
      ...(requests > attempts ? [`${what} was mailed ${requests} times in ${attempts} attempts`] : []),
      ...(isKnown ? [] : [`${what} has an id that the relay did not give: ${row.external_id}`]),
      ...checkFate(row, { what, isBack, hasGone: hasGone && attempts === 1 }),
    ]
  })
}

function checkFate(
  { external_id: id, status }: MessageRow,
  { what, isBack, hasGone }: { what: string | null; isBack: boolean; hasGone: boolean },
): string[] {
  if (id !== null) {
    const expected = isBack ? 'failed' : 'sent'
    return status === expected ? [] : [`${what} is ${status}, not ${expected}`]
  }
  if (status === 'failed') return hasGone ? [`${what} has failed, and the relay has sent it`] : []
  return status === 'unknown' ? [] : [`${what} is ${status}, and the relay does not have it`]
}
