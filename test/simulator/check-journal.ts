import { type EventRow, isDouble, type MessageRow, type Tables, type TenantRecord } from './record.ts'

type Fields = Record<string, unknown>
type JournalLine = { seq?: number; type?: string; message?: Fields; conversation?: Fields; [field: string]: unknown }

const lineOf = (event: EventRow): JournalLine => JSON.parse(event.data) as JournalLine

/** The journal by itself, and as the tables' other half: whoever follows the events knows what the rows say. */
export function checkJournal({ tables, answers }: TenantRecord): string[] {
  return [
    ...checkNumbers(tables),
    ...checkMessageEvents(tables),
    ...checkMessagesAsTold(tables),
    ...checkConversationsAsTold(tables),
    ...checkNothingTakenBack(tables),
    ...answers.flatMap((answer) => (answer.kind === 'conversation' ? checkChange(tables, answer) : [])),
  ]
}

function checkNumbers({ head, events }: Tables): string[] {
  const findings: string[] = []
  if (head.seq !== events.length) findings.push(`the head is ${head.seq}, but the journal has ${events.length} lines`)
  for (const [at, event] of events.entries()) {
    const line = lineOf(event)
    if (event.seq !== at + 1) findings.push(`line ${at + 1} of the journal has the number ${event.seq}`)
    if (line.seq !== event.seq || line.type !== event.type)
      findings.push(`event ${event.seq} says it is ${line.type} ${line.seq}`)
  }
  const keys = new Set(events.map(({ key }) => key))
  if (keys.size !== events.length) findings.push('two events have the same key')
  return findings
}

function checkMessageEvents({ events, messages }: Tables): string[] {
  const announced = events.filter(({ type }) => type === 'new_message').map((event) => lineOf(event))
  const bySeq = new Map(announced.map((line) => [line.message?.['id'], line.seq]))
  const findings = messages
    .filter(({ id, seq }) => bySeq.get(id) !== seq)
    .map(
      ({ external_id, id, seq }) => `message ${external_id} is number ${seq}, its event ${bySeq.get(id) ?? 'missing'}`,
    )
  if (announced.length !== messages.length) {
    findings.push(`${messages.length} messages were announced by ${announced.length} events`)
  }
  return findings
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

function checkMessagesAsTold({ events, messages, reactions }: Tables): string[] {
  const told = new Map<unknown, Fields>()
  for (const event of events) {
    const line = lineOf(event)
    if (line.message !== undefined) told.set(line.message['id'], { ...line.message })
    const known = told.get(line['message_id'])
    if (event.type === 'message_status' && known !== undefined) known['status'] = line['status']
  }
  return messages.flatMap((row) => {
    const given = reactions.filter(({ message_id, emoji }) => message_id === row.id && emoji !== null)
    const stored = { ...fieldsOf(row), reactions: wordsOf(given) }
    const message = told.get(row.id) ?? {}
    const shown = { ...pick(message, Object.keys(fieldsOf(row))), reactions: wordsOf(message['reactions']) }
    return differences(`message ${row.external_id}`, stored, shown)
  })
}

function fieldsOf({ content, status, direction, type, external_id, edited_at, deleted_at }: MessageRow): Fields {
  return { content, status, direction, type, external_id, edited_at: iso(edited_at), deleted_at: iso(deleted_at) }
}

function wordsOf(reactions: unknown): string {
  const list = (reactions ?? []) as { by: string; emoji: string }[]
  return list
    .map(({ by, emoji }) => `${by}:${emoji}`)
    .sort()
    .join(' ')
}

const toldOfConversations = [
  'status',
  'assignee_id',
  'unread_count',
  'last_message_at',
  'last_message_preview',
  'last_message_direction',
  'merged_into',
  'client_name',
  'external_id',
]

function checkConversationsAsTold({ events, conversations }: Tables): string[] {
  const told = new Map<unknown, Fields>()
  for (const event of events) {
    const { conversation } = lineOf(event)
    if (conversation !== undefined) told.set(conversation['id'], conversation)
  }
  return conversations.flatMap((row) => {
    const stored = pick({ ...row, last_message_at: iso(row.last_message_at) }, toldOfConversations)
    const shown = told.get(row.id)
    if (shown === undefined) return [`conversation ${row.id} is in no event`]
    return differences(`conversation ${row.id}`, stored, pick(shown, toldOfConversations))
  })
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, fields[name]]))
}

function differences(what: string, stored: Fields, shown: Fields): string[] {
  return Object.keys(stored)
    .filter((name) => stored[name] !== shown[name])
    .map((name) => `${what}: ${name} is ${String(stored[name])}, the events say ${String(shown[name])}`)
}

/** What its author took back is not to be read anywhere any more, whichever of its versions. */
function checkNothingTakenBack({ events, versions, messages, conversations }: Tables): string[] {
  const rows = [...events.map(({ seq, type, data }) => ({ name: `${type} ${seq}`, text: data }))]
  rows.push(...conversations.map((row) => ({ name: `conversation ${row.id}`, text: JSON.stringify(row) })))
  const told = versions.map(({ data }) => (JSON.parse(data) as JournalLine).message)
  return messages
    .filter((row) => row.deleted_at !== null && !isDouble(row))
    .flatMap(({ id, external_id }) => {
      const contents = told.flatMap((message) => (message?.['id'] === id ? [String(message['content'])] : []))
      const texts = [...new Set(contents)].filter((content) => content !== '')
      const places = rows.filter(({ text }) =>
        texts.some((content) => text.includes(JSON.stringify(content).slice(1, -1))),
      )
      return places.map(({ name }) => `the text of ${external_id} (${id}) was taken back and is still in ${name}`)
    })
}

type Change = Extract<TenantRecord['answers'][number], { kind: 'conversation' }>

function checkChange({ events }: Tables, { conversationId, seq, wanted }: Change): string[] {
  const event = events[seq - 1]
  const conversation = event === undefined ? undefined : lineOf(event).conversation
  if (event?.type !== 'conversation_updated' || conversation?.['id'] !== conversationId) {
    return [`a change of ${conversationId} was answered with event ${seq}, which is ${event?.type ?? 'missing'}`]
  }
  return differences(`event ${seq}`, wanted, conversation)
}
