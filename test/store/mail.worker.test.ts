import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import {
  type MailQuestion,
  selectAnswerCount,
  selectByConversations,
  selectByMailIds,
  selectNamedMail,
  selectNewestMail,
  selectRecent,
  selectStored,
} from '../../src/store/mail.ts'

const question: MailQuestion = {
  ...{ tenantId: 't', channelId: 'c', externalId: 'e', mailIds: ['a', 'b'], conversationIds: ['x'] },
  recent: { address: 'olena@client.example', since: 1 },
  sender: 'olena@client.example',
}
const place = { tenantId: 't', channelId: 'c', conversationId: 'c', externalId: 'e' }

/** A D1 whose statements explain themselves. */
const explaining = new Proxy(env.DB, {
  get: (target, property) =>
    property === 'prepare'
      ? (sql: string) => target.prepare(`explain query plan ${sql}`)
      : (Reflect.get(target, property) as unknown),
})

it.each<[string, D1PreparedStatement, RegExp]>([
  [
    'the mail itself',
    selectStored(explaining, question),
    /messages_external \(tenant_id=\? AND channel_id=\? AND external_id=\?\)/,
  ],
  [
    'mails by their Message-IDs',
    selectByMailIds(explaining, question),
    /messages_external \(tenant_id=\? AND channel_id=\? AND external_id>\? AND external_id<\?\)/,
  ],
  [
    'conversations by token',
    selectByConversations(explaining, question),
    /autoindex_conversations_1 \(tenant_id=\? AND id=\?\)/,
  ],
  [
    "a customer's latest",
    selectRecent(explaining, question),
    /conversations_contact \(tenant_id=\? AND contact_id=\?\)/,
  ],
  [
    'the mail that an answer names',
    selectNamedMail(explaining, place),
    /messages_external \(tenant_id=\? AND channel_id=\? AND external_id=\?\)/,
  ],
  [
    "a customer's newest mail",
    selectNewestMail(explaining, place),
    /messages_thread \(tenant_id=\? AND conversation_id=\?\)/,
  ],
  [
    'what was sent just now',
    selectAnswerCount(explaining, { tenantId: 't', conversationId: 'c', since: 1 }),
    /messages_thread \(tenant_id=\? AND conversation_id=\? AND created_at>\?\)/,
  ],
])('%s: goes by its index and scans no table', async (_, statement, index) => {
  const { results } = await statement.all<{ detail: string }>()
  const plan = results.map(({ detail }) => detail).join('\n')
  expect(plan).toMatch(index)
  expect(plan.replaceAll(/SCAN (?:list|person|json_each|found|own|CONSTANT)\b[^\n]*/g, '')).not.toMatch(/\bSCAN\b/)
})
