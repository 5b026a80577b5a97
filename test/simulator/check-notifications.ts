import { canonical, meaningOf } from './check-bells.ts'
import type { EventRow, NotifiedUser, Tables, TenantRecord } from './record.ts'
import type { NotePlan, NoticePlan } from './notifications.ts'

/** What was told to the staff of a tenant: each once, to those it is for; and what they find of it afterwards. */
export function checkNotifications(tenant: TenantRecord): string[] {
  const { notes, notices, users } = tenant.notified
  return [
    ...notes.flatMap((plan) => checkNote(tenant, plan)),
    ...notices.flatMap((plan) => checkNotice(tenant, plan)),
    ...checkNobodyElses(tenant),
    ...users.flatMap((user, at) =>
      [...checkList(tenant.tables, user), ...checkRead(tenant.tables, user)].map((finding) => `user ${at}: ${finding}`),
    ),
  ]
}

type Line = {
  note?: { id: string; text: string; author_id: string; mentions: string[] }
  notification?: { kind: string; title?: string; to: string[] | null }
}

const linesOf = ({ events }: Tables): (Line & { seq: number })[] =>
  events.flatMap(({ seq, type, data }) =>
    type === 'new_note' || type === 'notification' ? [{ ...(JSON.parse(data) as Line), seq }] : [],
  )

const sameIds = (one: readonly string[], other: readonly string[]): boolean =>
  one.toSorted().join() === other.toSorted().join()

function checkNote({ tables, answers, notified }: TenantRecord, plan: NotePlan): string[] {
  const rows = tables.notes.filter(({ text }) => text === plan.text)
  const lines = linesOf(tables).filter(({ note }) => note?.text === plan.text)
  const [row] = rows
  const [line] = lines
  if (row === undefined || rows.length > 1) return [`${plan.key} is stored ${rows.length} times`]
  if (line?.note === undefined || lines.length > 1) return [`${plan.key} was told ${lines.length} times`]
  const idOf = (user: number): string => notified.users[user]?.userId ?? ''
  const named = plan.mentions.map(idOf)
  const isRight =
    line.seq === row.seq &&
    line.note.id === row.id &&
    sameIds(line.note.mentions, named) &&
    sameIds(JSON.parse(row.mentions) as string[], named) &&
    line.note.author_id === idOf(plan.author) &&
    row.author_id === idOf(plan.author)
  return [...(isRight ? [] : [`${plan.key} is not as it was written`]), ...checkAnswers(answers, plan.key, line.seq)]
}

function checkNotice({ tables, answers, notified }: TenantRecord, plan: NoticePlan): string[] {
  const lines = linesOf(tables).filter(({ notification }) => notification?.title === plan.title)
  const [line] = lines
  if (line?.notification === undefined || lines.length > 1) return [`${plan.key} was told ${lines.length} times`]
  const to = plan.to === null ? null : [notified.users[plan.to]?.userId ?? '']
  const isRight = JSON.stringify(line.notification.to) === JSON.stringify(to)
  return [...(isRight ? [] : [`${plan.key} is for others`]), ...checkAnswers(answers, plan.key, line.seq)]
}

function checkAnswers(answers: TenantRecord['answers'], key: string, seq: number): string[] {
  return answers.flatMap((answer) => {
    if ((answer.kind !== 'note' && answer.kind !== 'notice') || answer.key !== key) return []
    // A repeated notice is answered without a number, a repeated note with its own.
    const isRight = answer.seq === seq || (answer.kind === 'notice' && answer.seq === null)
    return isRight ? [] : [`${key} is number ${seq}, and was answered with ${answer.seq}`]
  })
}

function checkNobodyElses({ tables, notified }: TenantRecord): string[] {
  const known = new Set([...notified.notes.map(({ text }) => text), ...notified.notices.map(({ title }) => title)])
  return linesOf(tables).flatMap(({ seq, note, notification }) => {
    const text = note?.text ?? (notification?.kind === 'system' ? notification.title : undefined)
    return text === undefined || known.has(text) ? [] : [`number ${seq} was written by nobody: ${text}`]
  })
}

/** The whole list is what the rules of today make of the whole journal, newest first. */
function checkList({ events, head }: Tables, { userId, settings, list }: NotifiedUser): string[] {
  const [today] = settings.slice(-1)
  if (today === undefined) return ['has no settings']
  const expected = events
    .toReversed()
    .map((event) => ({ seq: event.seq, ...meaningOf(event, { userId, settings: today, epoch: head.epoch }) }))
    .filter(({ text }) => text !== null)
  const seqs = list.map(({ seq }) => seq).join()
  if (seqs !== expected.map(({ seq }) => seq).join()) {
    return [`the list has ${seqs}, and should have ${expected.map(({ seq }) => seq).join()}`]
  }
  return expected.flatMap(({ seq, text }, at) =>
    list[at] !== undefined && canonical(list[at]) === text ? [] : [`the list says of ${seq} what it is not`],
  )
}

/** Read is what this user marked, and messages that anybody has read; the bell counts the others. */
function checkRead(tables: Tables, { list, unread, counts, marks, readUpTo }: NotifiedUser): string[] {
  const marked = Math.max(0, ...marks)
  const findings = list.flatMap(({ seq, kind, read }) => {
    const isMessage = kind === 'new_message' || kind === 'new_conversation'
    const isSeen = isMessage && seq <= readMarkOf(tables, tables.events[seq - 1])
    if (!read && (seq <= readUpTo || isSeen)) return [`${seq} was read, and the list says it was not`]
    return read && seq > marked && !isSeen ? [`${seq} was never read, and the list says it was`] : []
  })
  const open = list.filter(({ read }) => !read).length
  return [
    ...findings,
    ...(unread === Math.min(open, 100) ? [] : [`the bell says ${unread}, and ${open} are unread`]),
    ...(counts.every((count) => count >= 0) ? [] : [`the bell said ${counts.join()}`]),
  ]
}

/** How far the staff has read the conversation of a line, also as part of another, which may be part of a third. */
function readMarkOf({ conversations }: Tables, event: EventRow | undefined): number {
  const markOf = (named: string | null | undefined): number => {
    const conversation = conversations.find(({ id }) => id === named)
    return conversation === undefined ? 0 : Math.max(conversation.read_seq, markOf(conversation.merged_into))
  }
  return markOf(event?.conversation_id)
}
