/**
 * A conversation that a mail may belong to, with the address of its customer. `isOurs`: by a reply that we sent.
 * `isCopied`: the mail that leads there names the asking mail's sender in its To or Cc.
 */
export type ThreadPlace = {
  conversationId: string
  address: string
  lastMessageAt: number
  isOurs: boolean
  isCopied: boolean
}

/** By what a mail may be known already, and what it may answer. Times in epoch ms. */
export type MailQuestion = {
  tenantId: string
  channelId: string
  externalId: string
  /** Message-IDs that it names, without brackets. */
  mailIds: readonly string[]
  /** Whom it says it is from, in lower case; null where it does not say. */
  sender: string | null
  /** Conversations that it names by a token of ours. */
  conversationIds: readonly string[]
  /** Conversations of this customer with mail since then, for going by the subject. */
  recent: { address: string; since: number } | null
}

export type MailAnswer = {
  /** The mail itself, where it is stored. */
  stored: { id: string; conversationId: string; seq: number } | null
  /** Several where mails of several conversations have one id: those first in which the sender may speak. */
  byMailId: ReadonlyMap<string, readonly ThreadPlace[]>
  /** By the id that was asked for, which may have become part of another conversation. */
  byConversationId: ReadonlyMap<string, ThreadPlace>
  /** Newest first. */
  recent: readonly (ThreadPlace & { subject: string })[]
}

type Row = Omit<ThreadPlace, 'isOurs' | 'isCopied'>
type PlaceRow = Row & { wanted: string; isOurs: number; isCopied: number }
type RecentRow = Row & { subject: string | null }
type StoredRow = { id: string; conversationId: string; seq: number }

/** How many of a customer's conversations are looked at for a subject. */
const maxRecent = 20
/** However many mails there are with the ids that are asked for: a stranger may send any number under one. */
const maxPlaces = 500

/** Everything that has to be known before a mail is stored, as of one moment. */
export async function askAboutMail(d1: D1Database, question: MailQuestion): Promise<MailAnswer> {
  const [stored, byMailId, byConversationId, recent] = await d1.batch([
    selectStored(d1, question),
    selectByMailIds(d1, question),
    selectByConversations(d1, question),
    selectRecent(d1, question),
  ])
  return {
    stored: ((stored?.results ?? []) as StoredRow[])[0] ?? null,
    byMailId: placesOf((byMailId?.results ?? []) as PlaceRow[]),
    byConversationId: firstOf(placesOf((byConversationId?.results ?? []) as PlaceRow[])),
    recent: ((recent?.results ?? []) as RecentRow[]).flatMap(({ subject, ...row }) =>
      subject === null ? [] : [{ ...row, subject, isOurs: false, isCopied: false }],
    ),
  }
}

function placesOf(rows: readonly PlaceRow[]): Map<string, ThreadPlace[]> {
  const places = new Map<string, ThreadPlace[]>()
  for (const { wanted, isOurs, isCopied, ...place } of rows) {
    const found = { ...place, isOurs: isOurs === 1, isCopied: isCopied === 1 }
    places.set(wanted, [...(places.get(wanted) ?? []), found])
  }
  return places
}

function firstOf(places: ReadonlyMap<string, readonly ThreadPlace[]>): Map<string, ThreadPlace> {
  return new Map([...places].flatMap(([wanted, [first]]) => (first === undefined ? [] : [[wanted, first] as const])))
}

export function selectStored(d1: D1Database, { tenantId, channelId, externalId }: MailQuestion): D1PreparedStatement {
  return d1
    .prepare(
      `select id, conversation_id as conversationId, seq from messages
         where tenant_id = ?1 and channel_id = ?2 and external_id = ?3`,
    )
    .bind(tenantId, channelId, externalId)
}

/** Whether a mail went to ?4 by one of its headers: those of mails hold people, those of replies written here addresses. */
const isNamedIn = (header: 'to' | 'cc') =>
  `exists (select 1 from json_each(m.details, '$.${header}') as person
     where ?4 = lower(case person.type when 'object' then person.value ->> '$.address' else person.value end))`
const isCopied = `(${isNamedIn('to')} or ${isNamedIn('cc')})`

/** The customer to whom a reply of ours went, by its Message-ID; null where there is none under it. */
export async function findAnsweredAddress(
  d1: D1Database,
  { mailId, ...where }: { tenantId: string; channelId: string; mailId: string },
): Promise<string | null> {
  const { results } = await selectByMailIds(d1, { ...where, mailIds: [mailId], sender: null }).all<PlaceRow>()
  return results.find(({ isOurs }) => isOurs === 1)?.address ?? null
}

/**
 * Mails by their Message-ID, which is what their external id begins with (see `channels/email/identity.ts`), and replies
 * of which an earlier attempt went out under it. Joins are crossed so that the list leads.
 */
export function selectByMailIds(
  d1: D1Database,
  { tenantId, channelId, mailIds, sender }: Pick<MailQuestion, 'tenantId' | 'channelId' | 'mailIds' | 'sender'>,
): D1PreparedStatement {
  return d1
    .prepare(
      `select wanted, c.id as conversationId, p.address as address, coalesce(c.last_message_at, 0) as lastMessageAt,
           found.ours as isOurs, found.copied as isCopied from (
           select list.value as wanted, m.conversation_id as id, m.seq as seq, m.client_message_id is not null as ours,
               ${isCopied} as copied
             from json_each(?3) as list cross join messages m
               on m.tenant_id = ?1 and m.channel_id = ?2
                 and m.external_id >= list.value and m.external_id < list.value || '!'
           union all
           select list.value, m.conversation_id, m.seq, 1, ${isCopied}
             from json_each(?3) as list cross join parked_items f
               on f.tenant_id = ?1 and f.channel_id = ?2 and f.target_external_id = list.value and f."key" = 'former'
             cross join messages m on m.tenant_id = ?1 and m.id = f.item ->> '$.reference'
         ) as found
         cross join conversations c on c.tenant_id = ?1 and c.id = found.id
         cross join contacts p on p.tenant_id = ?1 and p.id = c.contact_id
         order by (p.address = ?4 or found.copied) desc, found.ours desc, found.seq desc limit ${maxPlaces}`,
    )
    .bind(tenantId, channelId, JSON.stringify(mailIds), sender ?? '')
}

export function selectByConversations(
  d1: D1Database,
  { tenantId, channelId, conversationIds }: MailQuestion,
): D1PreparedStatement {
  return d1
    .prepare(
      `with recursive own (wanted, id) as (
           select value, value from json_each(?3)
           union
           select own.wanted, c.merged_into from own cross join conversations c
             on c.tenant_id = ?1 and c.id = own.id and c.merged_into is not null
         )
         select own.wanted as wanted, c.id as conversationId, p.address as address,
           coalesce(c.last_message_at, 0) as lastMessageAt, 0 as isOurs, 0 as isCopied
           from own cross join conversations c
             on c.tenant_id = ?1 and c.id = own.id and c.channel_id = ?2 and c.merged_into is null
           cross join contacts p on p.tenant_id = ?1 and p.id = c.contact_id`,
    )
    .bind(tenantId, channelId, JSON.stringify(conversationIds))
}

// The index is named: SQLite would rather look through the newest conversations of everybody.
export function selectRecent(d1: D1Database, { tenantId, channelId, recent }: MailQuestion): D1PreparedStatement {
  return d1
    .prepare(
      `select c.id as conversationId, p.address as address, c.last_message_at as lastMessageAt, (
             select m.details ->> '$.subject' from messages m
               where m.tenant_id = ?1 and m.conversation_id = c.id and m.details ->> '$.subject' is not null
               order by m.created_at desc, m.seq desc limit 1
           ) as subject
         from contact_aliases a
         cross join conversations c indexed by conversations_contact
           on c.tenant_id = ?1 and c.contact_id = a.contact_id
         cross join contacts p on p.tenant_id = ?1 and p.id = c.contact_id
         where a.tenant_id = ?1 and a.channel_id = ?2 and a.kind = 'address' and a.value = ?3
           and c.merged_into is null and c.last_message_at >= cast(?4 as integer)
         order by c.last_message_at desc limit ${maxRecent}`,
    )
    .bind(tenantId, channelId, recent?.address ?? '', recent?.since ?? Number.MAX_SAFE_INTEGER)
}

/** Which mail an answer goes to: `externalId` where it names one of the conversation. */
export type AnswerPlace = { tenantId: string; channelId: string; conversationId: string; externalId: string | null }
export type AnsweredMail = { externalId: string; details: Record<string, unknown> }

/** The mail that an answer goes to: the one it names, else the customer's newest. Null where the customer wrote none. */
export async function findAnsweredMail(d1: D1Database, place: AnswerPlace): Promise<AnsweredMail | null> {
  const found = await d1.batch<{ externalId: string; details: string }>([
    selectNamedMail(d1, place),
    selectNewestMail(d1, place),
  ])
  const [row] = found.flatMap(({ results }) => results)
  if (row === undefined) return null
  return { externalId: row.externalId, details: JSON.parse(row.details) as Record<string, unknown> }
}

export function selectNamedMail(d1: D1Database, place: AnswerPlace): D1PreparedStatement {
  const { tenantId, channelId, conversationId, externalId } = place
  return d1
    .prepare(
      `select external_id as externalId, details from messages
         where tenant_id = ?1 and channel_id = ?2 and external_id = ?3 and +conversation_id = ?4`,
    )
    .bind(tenantId, channelId, externalId ?? '', conversationId)
}

export function selectNewestMail(d1: D1Database, { tenantId, conversationId }: AnswerPlace): D1PreparedStatement {
  return d1
    .prepare(
      `select external_id as externalId, details from messages
         where tenant_id = ?1 and conversation_id = ?2 and direction = 'inbound' and type <> 'system'
           and external_id is not null
         order by created_at desc, seq desc limit 1`,
    )
    .bind(tenantId, conversationId)
}

/** How many answers the customer of a conversation was sent since then (epoch ms), in whichever conversation. */
export async function countAnswers(
  d1: D1Database,
  { tenantId, conversationId, since }: { tenantId: string; conversationId: string; since: number },
): Promise<number> {
  const row = await selectAnswerCount(d1, { tenantId, conversationId, since }).first<{ answers: number }>()
  return row?.answers ?? 0
}

export function selectAnswerCount(
  d1: D1Database,
  { tenantId, conversationId, since }: { tenantId: string; conversationId: string; since: number },
): D1PreparedStatement {
  return d1
    .prepare(
      `select count(*) as answers from conversations own
         cross join conversations c on c.tenant_id = ?1 and c.contact_id = own.contact_id
         cross join messages m on m.tenant_id = ?1 and m.conversation_id = c.id and m.created_at > cast(?3 as integer)
         where own.tenant_id = ?1 and own.id = ?2 and m.direction = 'outbound' and m.client_message_id is not null`,
    )
    .bind(tenantId, conversationId, since)
}
