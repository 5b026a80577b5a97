import { isDouble, type MessageRow, type TenantRecord } from './record.ts'
import { chatContacts, chatPlatforms, helloOf, type Via, type Written } from './replies.ts'

/** Replies: what users wanted to send against what the platform has, and what readers are told of it. */
export function checkReplies(tenant: TenantRecord): string[] {
  return [
    ...checkSent(tenant),
    ...checkWritten(tenant),
    ...checkFates(tenant),
    ...checkNothingTwice(tenant),
    ...checkWork(tenant),
    ...checkMarks(tenant),
    ...checkFiles(tenant),
  ]
}

const rowsOf = ({ tables, channels }: TenantRecord, via: Via): MessageRow[] =>
  tables.messages.filter((row) => row.channel_id === channels[via] && !isDouble(row))

const repliesOf = (tenant: TenantRecord): MessageRow[] =>
  tenant.tables.messages.filter((row) => row.client_message_id !== null)

/** Each reply once, as it was written, and whoever sent it was told the truth. */
function checkSent(tenant: TenantRecord): string[] {
  const { replies } = tenant.replied
  const rows = repliesOf(tenant)
  const findings = replies.flatMap(({ key, content, via }) => {
    const own = rows.filter((row) => row.client_message_id === key)
    const [row] = own
    if (row === undefined || own.length > 1) return [`${key} is stored ${own.length} times`]
    const isRight = row.content === content && row.channel_id === tenant.channels[via] && row.direction === 'outbound'
    return isRight ? [] : [`${key} is stored as something else`]
  })
  const told = tenant.answers.flatMap((answer) => {
    if (answer.kind !== 'reply') return []
    const row = rows.find(({ client_message_id: key }) => key === answer.key)
    return row?.id === answer.messageId && row.seq === answer.seq
      ? []
      : [`${answer.key} was answered with ${answer.messageId} at ${answer.seq}`]
  })
  return [...findings, ...told]
}

/** An earlier attempt at a reply had this id: what is said of it is said of nothing. */
function isFormer(
  { tables, channels }: TenantRecord,
  { via, externalId }: Pick<Written, 'via' | 'externalId'>,
): boolean {
  return tables.parked.some(
    (row) => row.key === 'former' && row.channel_id === channels[via] && row.target_external_id === externalId,
  )
}

/** Everything that the platform has is there once, and nothing that it has not. */
function checkWritten(tenant: TenantRecord): string[] {
  return chatPlatforms.flatMap((via) => {
    const rows = rowsOf(tenant, via)
    const written = tenant.replied.written.filter((one) => one.via === via)
    const present = written.filter((one) => !isFormer(tenant, one))
    const missing = present.flatMap(({ externalId, content }) => {
      const own = rows.filter((row) => row.external_id === externalId)
      if (own.length !== 1) return [`${externalId} is there ${own.length} times`]
      return own[0]?.content === content ? [] : [`${externalId} says something else`]
    })
    const hellos = Array.from({ length: chatContacts }, (_, contact) => helloOf({ tenant: tenant.index, via }, contact))
    const known = new Set([...written, ...hellos].map(({ externalId }) => externalId))
    const strangers = rows.filter((row) => row.external_id !== null && !known.has(row.external_id))
    const others = rows.filter((row) => row.external_id === null && row.client_message_id === null)
    return [
      ...missing,
      ...strangers.map((row) => `${row.external_id} was written by nobody`),
      ...others.map((row) => `message ${row.id} is of nobody`),
    ]
  })
}

/** The status of each is the one that the platform's reports, and the marks of its reader, call for. */
function checkFates(tenant: TenantRecord): string[] {
  return chatPlatforms.flatMap((via) =>
    rowsOf(tenant, via).flatMap((row) => {
      if (row.direction === 'inbound') return []
      const what = row.client_message_id ?? row.external_id
      if (row.external_id === null) {
        const isOver = row.status === 'failed' || row.status === 'unknown'
        if (!isOver) return [`${what} is ${row.status}, and the platform does not have it`]
        const had = tenant.replied.written.find((one) => one.reference === row.id && isTellable(tenant, one))
        return had === undefined ? [] : [`${what} is ${row.status}, and the platform has it as ${had.externalId}`]
      }
      const written = tenant.replied.written.find(({ externalId }) => externalId === row.external_id)
      const expected = written?.isUndelivered === true ? 'failed' : markedStatus(tenant, row)
      return row.status === expected ? [] : [`${what} is ${row.status}, not ${expected}`]
    }),
  )
}

/** Whether an echo can be of one reply only: by our reference, or since nothing else says the same. */
function isTellable(tenant: TenantRecord, { via, content, externalId, reference }: Written): boolean {
  if (isFormer(tenant, { via, externalId })) return false
  const { replies, written, retried } = tenant.replied
  // One that waits to be sent once more cannot be what an echo without a reference is of.
  if (via === 'instagram' && retried.some((id) => id === reference)) return false
  const alike = [...replies, ...written.filter(({ reference }) => reference === null)]
  return via === 'facebook' || alike.filter((one) => one.via === via && one.content === content).length === 1
}

function markedStatus({ tables }: TenantRecord, row: MessageRow): string {
  const conversation = tables.conversations.find(({ id }) => id === row.conversation_id)
  const contact = tables.contacts.find(({ id }) => id === conversation?.contact_id)
  // Whoever sends a reply again begins anew: marks from before say nothing of it.
  const from = row.client_message_id === null ? row.created_at : Math.max(row.created_at, row.received_at)
  if (contact === undefined) return 'sent'
  return from <= contact.read_until ? 'read' : from <= contact.delivered_until ? 'delivered' : 'sent'
}

/** The customer got nothing twice, but where a person asked for it; and asking twice at once is asking once. */
function checkNothingTwice(tenant: TenantRecord): string[] {
  const { asked, retried } = tenant.replied
  return repliesOf(tenant).flatMap((row) => {
    const attempts = 1 + retried.filter((id) => id === row.id).length
    const requests = asked.filter(({ messageId, isRefused }) => messageId === row.id && !isRefused).length
    const jobs = tenant.tables.jobs.filter(({ kind, subject_id: id }) => kind === 'send' && id === row.id).length
    const what = row.client_message_id
    return [
      ...(requests > attempts ? [`${what} went out ${requests} times in ${attempts} attempts`] : []),
      ...(jobs > attempts ? [`${what} has ${jobs} jobs for ${attempts} attempts`] : []),
      ...(jobs === 0 ? [`${what} has no job`] : []),
    ]
  })
}

function checkWork({ tables }: TenantRecord): string[] {
  const open = tables.jobs.filter(({ state }) => state !== 'done' && state !== 'failed')
  const waiting = tables.parked.filter(({ key }) => key === 'echo')
  const isHeld = ({ channel_id, target_external_id }: (typeof waiting)[number]) =>
    tables.messages.some((row) => row.channel_id === channel_id && row.external_id === target_external_id)
  return [
    ...open.map(({ id, kind, state }) => `the ${kind} job ${id} is still ${state}`),
    ...waiting.filter((row) => !isHeld(row)).map((row) => `the echo of ${row.target_external_id} waits for nothing`),
  ]
}

/** Marks never move back. */
function checkMarks({ tables, channels, replied }: TenantRecord): string[] {
  return replied.marks.flatMap(({ via, alias, status, upTo }) => {
    const contactId = tables.aliases.find((row) => row.channel_id === channels[via] && row.value === alias)?.contact_id
    const contact = tables.contacts.find(({ id }) => id === contactId)
    const at = status === 'read' ? contact?.read_until : contact?.delivered_until
    return at !== undefined && at >= upTo ? [] : [`${alias} had ${status} up to ${upTo}, and now only up to ${at}`]
  })
}

/** Every picture is there, or says why it is not; those of what was taken back are gone. */
function checkFiles({ tables, channels }: TenantRecord): string[] {
  return tables.attachments.flatMap((file) => {
    const message = tables.messages.find(({ id }) => id === file.message_id)
    const what = `the picture of ${message?.external_id}`
    const isMail = message?.channel_id === channels.email
    if (message?.deleted_at != null) {
      const isGone = file.state === 'expired' && file.object_key === null
      return isGone ? [] : [`${what} is ${file.state} although it was taken back`]
    }
    switch (file.state) {
      case 'ready':
        return file.content === `${file.size} bytes` && (file.size === 12 || isMail)
          ? []
          : [`${what} is not what was sent: ${file.content ?? 'nothing'}`]
      case 'failed':
      case 'expired':
        return file.error === null ? [`${what} is ${file.state} for no reason`] : []
      default:
        return [`${what} is ${file.state} for good`]
    }
  })
}
