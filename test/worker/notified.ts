import { env } from 'cloudflare:workers'
import { receive } from '../../src/hub/call-hub.ts'
import type { IngestItem, ItemResult } from '../../src/ingest/items.ts'
import { NotificationList, UnreadNotifications } from '../../src/protocol/notifications.ts'
import { message } from '../ingest/builders.ts'
import { type Answer, type Json, type TestTenant, type TestUser, call, newTenant, newUser } from './api.ts'
import { createChannel } from './inbox.ts'

export const notifications = '/api/v1/notifications'

/** A tenant with a channel and two of its staff, and what they see and do. */
export type NotifiedWorld = {
  tenant: TestTenant
  anna: TestUser
  boris: TestUser
  channel: { id: string; platform: 'whatsapp' }
  /** Stores items; gives what became of the first. */
  store: (...items: IngestItem[]) => Promise<ItemResult>
  /** A customer writes; gives the conversation's id. */
  say: (externalId: string, customer?: string) => Promise<string>
  assign: (conversationId: string, assigneeId: string | null, by?: string) => Promise<ItemResult>
  mention: (conversationId: string, by: TestUser, ...users: TestUser[]) => Promise<ItemResult>
  list: (user: TestUser, query?: string) => Promise<NotificationList>
  unread: (user: TestUser) => Promise<UnreadNotifications>
  read: (user: TestUser, id: string) => Promise<Answer>
  readAll: (user: TestUser, upTo: number) => Promise<Answer>
  put: (user: TestUser, settings: Json) => Promise<Answer>
}

export async function createNotifiedWorld(): Promise<NotifiedWorld> {
  const tenant = await newTenant()
  const [anna, boris] = [await newUser(tenant, { name: 'Анна' }), await newUser(tenant, { name: 'Борис' })]
  const channel = { id: (await createChannel(tenant.id)).id, platform: 'whatsapp' as const }
  const store = async (...items: IngestItem[]): Promise<ItemResult> => {
    const [result] = await receive(env, tenant.id, items)
    if (result === undefined) throw new Error('no result')
    return result
  }
  const say: NotifiedWorld['say'] = async (externalId, customer = '380501234567') => {
    const contact = { aliases: [{ kind: 'phone', value: customer }], name: 'Олена' } satisfies ReturnType<
      typeof message
    >['contact']
    const result = await store({ channel, item: message({ externalId, at: Date.now(), contact }) })
    return result.conversationId ?? ''
  }
  return {
    ...{ tenant, anna, boris, channel, store, say },
    assign: (conversationId, assigneeId, by) =>
      store({ item: { kind: 'conversation', conversationId, assigneeId, ...(by === undefined ? {} : { by }) } }),
    mention: (conversationId, by, ...users) =>
      store({
        item: {
          kind: 'note',
          conversationId,
          clientNoteId: crypto.randomUUID(),
          at: Date.now(),
          author: { userId: by.id, name: 'Анна' },
          text: 'Глянь, будь ласка',
          mentions: users.map(({ id }) => id),
        },
      }),
    list: async (user, query = '') => {
      const answer = await call(`${notifications}${query}`, { bearer: user.token })
      if (answer.status !== 200) throw new Error(answer.text)
      return NotificationList.parse(answer.json)
    },
    unread: async (user) =>
      UnreadNotifications.parse((await call(`${notifications}/unread`, { bearer: user.token })).json),
    read: (user, id) => call(`${notifications}/${id}/read`, { method: 'POST', bearer: user.token }),
    readAll: (user, up_to) => call(`${notifications}/read-all`, { bearer: user.token, json: { up_to } }),
    put: (user, json) => call(`${notifications}/settings`, { method: 'PUT', bearer: user.token, json }),
  }
}
