import { openGraph, read } from '../meta/graph.ts'
import { recentDeliveries } from '../meta/graph-conversations.ts'
import { locateOnCdn } from '../meta/graph-media.ts'
import { presenceOf, recipientOf } from '../meta/graph-messaging.ts'
import { textOf } from '../meta/wire.ts'
import type { Alias } from '../channel.ts'
import type { PlatformAnswer, PlatformCalls, PlatformIo, Profile } from '../outbound.ts'
import { check } from './check.ts'
import { send } from './send.ts'

/** Where attachments and profile pictures lie. */
const mediaHosts = ['fbcdn.net', 'fbsbx.com'] as const

/** "User Profile API": refused for people who have not consented. */
async function profile(of: Alias[], io: PlatformIo): Promise<PlatformAnswer<Profile>> {
  const access = openGraph(io)
  if (!access.ok) return access
  const person = recipientOf(of)
  if (!person.ok) return person
  const query = { fields: 'name,first_name,last_name,profile_pic' }
  const answer = await read(access.value, { path: [String(person.value['id'])], query })
  if (!answer.ok) return answer
  const wordOf = (field: string) => textOf(answer.value[field], 256)
  const parts = [wordOf('first_name'), wordOf('last_name')].filter((part) => part !== undefined)
  const name = wordOf('name') ?? (parts.length > 0 ? parts.join(' ') : null)
  return { ok: true, value: { name, username: null, pictureUrl: textOf(answer.value['profile_pic'], 4096) ?? null } }
}

/** What we ask of a page's Messenger. */
export const calls: PlatformCalls = {
  send,
  ...presenceOf({ open: openGraph, accountOf: (io) => io.channel.externalId }),
  mediaHosts,
  locateMedia: (file, io) => locateOnCdn(openGraph, mediaHosts, file, io),
  profile,
  check,
  async *recent(since, io) {
    const access = openGraph(io)
    if (!access.ok) {
      yield access
      return
    }
    const account = io.channel.externalId
    const source = { account, platform: 'messenger', object: 'page', moreFields: ['sticker'] } as const
    yield* recentDeliveries(access.value, source, since)
  },
}
