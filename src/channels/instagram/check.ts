import type { GraphAccess } from '../meta/graph.ts'
import { inspectToken, mismatch, readIfShown, subscriptionProblems } from '../meta/graph-check.ts'
import { Id, isObject } from '../meta/wire.ts'
import type { ChannelCheck, PlatformAnswer, PlatformIo } from '../outbound.ts'
import { isInstagramLogin, openInstagram } from './access.ts'

/** The token, the account it is for under each of its ids, and the account's subscription to our app. */
export async function check(io: PlatformIo): Promise<PlatformAnswer<ChannelCheck>> {
  const access = openInstagram(io)
  if (!access.ok) return access
  return isInstagramLogin(io) ? checkAccount(access.value) : checkPage(access.value)
}

/**
 * Signed in with Instagram: `/me` has two ids, `user_id`, which deliveries name, and `id`, which is this app's own. The
 * host tells nothing of its tokens; what their refresh said holds.
 */
async function checkAccount(access: GraphAccess): Promise<PlatformAnswer<ChannelCheck>> {
  const me = await readIfShown(access, ['me'], 'id,user_id,username')
  if (!me.ok) return me
  const apps = await readIfShown(access, ['me', 'subscribed_apps'])
  if (!apps.ok) return apps
  const { externalId } = access.io.channel
  const ids = [me.value?.['user_id'], me.value?.['id']].flatMap((id) => Id.safeParse(id).data ?? [])
  const isOurs = ids.includes(externalId)
  const alternateExternalId = isOurs ? (ids.find((id) => id !== externalId) ?? null) : null
  const problems = [
    ...(isOurs ? [] : [mismatch(ids[0] ?? null)]),
    ...(apps.value === null ? [] : subscriptionProblems(apps.value, null, ['messages'])),
  ]
  return { ok: true, value: { tokenExpiresAt: null, alternateExternalId, problems } }
}

/**
 * Linked to a page, whose token it is. The page has to be subscribed to our app for Instagram's deliveries to come; which
 * of them come is chosen for the app as a whole.
 */
async function checkPage(access: GraphAccess): Promise<PlatformAnswer<ChannelCheck>> {
  const token = await inspectToken(access, 'instagram_manage_messages')
  if (!token.ok) return token
  const page = await readIfShown(access, ['me'], 'id,instagram_business_account')
  if (!page.ok) return page
  const apps = await readIfShown(access, ['me', 'subscribed_apps'], 'id,subscribed_fields')
  if (!apps.ok) return apps
  const account = page.value?.['instagram_business_account']
  const id = isObject(account) ? (Id.safeParse(account['id']).data ?? null) : null
  const { externalId, alternateExternalId } = access.io.channel
  const problems = [
    ...token.value.problems,
    ...(id !== null && (id === externalId || id === alternateExternalId) ? [] : [mismatch(id)]),
    ...(apps.value === null ? [] : subscriptionProblems(apps.value, token.value.appId)),
  ]
  // The channel may have been connected under the id of the other way to sign in.
  const alternate = id === externalId ? null : alternateExternalId
  return { ok: true, value: { tokenExpiresAt: token.value.expiresAt, alternateExternalId: alternate, problems } }
}
