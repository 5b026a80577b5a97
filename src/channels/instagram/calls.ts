import type { Alias } from '../channel.ts'
import { ownFailure, read } from '../meta/graph.ts'
import { recentDeliveries } from '../meta/graph-conversations.ts'
import { locateOnCdn } from '../meta/graph-media.ts'
import { presenceOf, recipientOf } from '../meta/graph-messaging.ts'
import { textOf } from '../meta/wire.ts'
import type { FreshToken, PlatformAnswer, PlatformCalls, PlatformIo, Profile } from '../outbound.ts'
import { isInstagramLogin, openInstagram } from './access.ts'
import { check } from './check.ts'
import { send } from './send.ts'

/** Where attachments and profile pictures lie. */
const mediaHosts = ['cdninstagram.com', 'fbcdn.net', 'fbsbx.com'] as const

/** "User Profile": only of those who wrote, or tapped something that counts as consent. */
async function profile(of: Alias[], io: PlatformIo): Promise<PlatformAnswer<Profile>> {
  const access = openInstagram(io)
  if (!access.ok) return access
  const person = recipientOf(of)
  if (!person.ok) return person
  const query = { fields: 'name,username,profile_pic' }
  const answer = await read(access.value, { path: [String(person.value['id'])], query })
  if (!answer.ok) return answer
  const wordOf = (field: string, max: number) => textOf(answer.value[field], max) ?? null
  const pictureUrl = wordOf('profile_pic', 4096)
  return { ok: true, value: { name: wordOf('name', 256), username: wordOf('username', 256), pictureUrl } }
}

/** "Refresh Access Token": 60 more days, for a token that is at least 24 hours old. A page's token does not expire. */
async function refreshToken(io: PlatformIo): Promise<PlatformAnswer<FreshToken>> {
  if (!isInstagramLogin(io)) {
    const title = "The token of a page is renewed by the page's owner only"
    return { ok: false, ...ownFailure('platform', 'token.not_refreshable', title) }
  }
  const access = openInstagram(io)
  if (!access.ok) return access
  // Documented with the token in the address, and without a version.
  const query = { grant_type: 'ig_refresh_token', access_token: access.value.token }
  const answer = await read(access.value, { path: ['refresh_access_token'], query, isVersioned: false })
  if (!answer.ok) return answer
  const token = textOf(answer.value['access_token'], 4096)
  const seconds = answer.value['expires_in']
  if (token === undefined || typeof seconds !== 'number' || seconds <= 0)
    return { ok: false, ...ownFailure('platform', 'token.unreadable', 'The platform answered without a token') }
  const credentials = { ...io.credentials, access_token: token }
  return { ok: true, value: { credentials, expiresAt: io.now() + seconds * 1000 } }
}

/** What we ask of Instagram. */
export const calls: PlatformCalls = {
  send,
  ...presenceOf({ open: openInstagram, accountOf: () => 'me' }),
  mediaHosts,
  locateMedia: (file, io) => locateOnCdn(openInstagram, mediaHosts, file, io),
  profile,
  check,
  refreshToken,
  async *recent(since, io) {
    const access = openInstagram(io)
    if (!access.ok) {
      yield access
      return
    }
    const moreFields = ['story', 'is_unsupported']
    const source = { account: 'me', platform: 'instagram', object: 'instagram', moreFields } as const
    yield* recentDeliveries(access.value, source, since)
  },
}
