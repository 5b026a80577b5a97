import { openGraph } from '../meta/graph.ts'
import { inspectToken, mismatch, readIfShown, subscriptionProblems } from '../meta/graph-check.ts'
import { Id } from '../meta/wire.ts'
import type { ChannelCheck, PlatformAnswer, PlatformIo } from '../outbound.ts'

/** Webhook fields the inbox lives on ("Messenger webhooks"). */
const neededFields = [
  'messages',
  'message_echoes',
  'messaging_postbacks',
  'message_reactions',
  'message_deliveries',
  'message_reads',
] as const

/** The token, the page it is for, and the page's subscription to our app. */
export async function check(io: PlatformIo): Promise<PlatformAnswer<ChannelCheck>> {
  const access = openGraph(io)
  if (!access.ok) return access
  const token = await inspectToken(access.value, 'pages_messaging')
  if (!token.ok) return token
  const page = await readIfShown(access.value, ['me'], 'id')
  if (!page.ok) return page
  const { externalId } = io.channel
  const apps = await readIfShown(access.value, [externalId, 'subscribed_apps'], 'id,subscribed_fields')
  if (!apps.ok) return apps
  const pageId = Id.safeParse(page.value?.['id']).data ?? null
  const problems = [
    ...token.value.problems,
    ...(pageId === externalId ? [] : [mismatch(pageId)]),
    ...(apps.value === null ? [] : subscriptionProblems(apps.value, token.value.appId, neededFields)),
  ]
  return { ok: true, value: { tokenExpiresAt: token.value.expiresAt, alternateExternalId: null, problems } }
}
