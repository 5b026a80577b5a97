import { openGraph } from '../meta/graph.ts'
import { inspectToken, mismatch, type Problem, readIfShown, subscriptionProblems } from '../meta/graph-check.ts'
import { isObject, type Json, listOf, textOf } from '../meta/wire.ts'
import type { ChannelCheck, PlatformAnswer, PlatformIo } from '../outbound.ts'

/** The token, the number and the subscription of its account to our app. */
export async function check(io: PlatformIo): Promise<PlatformAnswer<ChannelCheck>> {
  const access = openGraph(io)
  if (!access.ok) return access
  const token = await inspectToken(access.value, 'whatsapp_business_messaging')
  if (!token.ok) return token
  const phone = await readIfShown(access.value, [io.channel.externalId], 'id,status,quality_rating,health_status')
  if (!phone.ok) return phone
  const { accountId } = io.channel
  const apps = accountId === null ? null : await readIfShown(access.value, [accountId, 'subscribed_apps'])
  if (apps?.ok === false) return apps
  const problems = [
    ...token.value.problems,
    ...(phone.value === null ? [mismatch(null)] : phoneProblems(phone.value)),
    ...(apps?.value == null ? [] : subscriptionProblems(apps.value, token.value.appId)),
  ]
  return { ok: true, value: { tokenExpiresAt: token.value.expiresAt, alternateExternalId: null, problems } }
}

function phoneProblems(phone: Json): Problem[] {
  return [...statusProblem(textOf(phone['status'], 64)), ...qualityProblem(phone), ...sendingProblem(phone)]
}

// "WhatsApp Business Phone Number", field `status`; CONNECTED is well, UNKNOWN says nothing.
const statusStates: ReadonlyMap<string, Problem['state']> = new Map([
  ['PENDING', 'warning'],
  ['FLAGGED', 'warning'],
  ['RESTRICTED', 'warning'],
  ['RATE_LIMITED', 'warning'],
  ['UNVERIFIED', 'down'],
  ['DISCONNECTED', 'down'],
  ['MIGRATED', 'down'],
  ['BANNED', 'down'],
  ['DELETED', 'down'],
])

function statusProblem(status = 'UNKNOWN'): Problem[] {
  const state = statusStates.get(status)
  return state === undefined ? [] : [{ code: 'number.status', message: `The number is ${status}`, state }]
}

function qualityProblem(phone: Json): Problem[] {
  if (phone['quality_rating'] !== 'RED') return []
  return [{ code: 'number.quality', message: 'The quality rating of the number is low', state: 'warning' }]
}

/** "Messaging Health Status": of the number, its account, its business and our app, which may each stand in the way. */
function sendingProblem(phone: Json): Problem[] {
  const health = isObject(phone['health_status']) ? phone['health_status'] : {}
  const verdict = health['can_send_message']
  if (verdict !== 'BLOCKED' && verdict !== 'LIMITED') return []
  const reasons = listOf(health['entities']).filter(isObject).flatMap(reasonsOf)
  const message = ['Sending is', verdict === 'BLOCKED' ? 'blocked' : 'limited'].join(' ')
  return [
    {
      code: 'number.sending',
      message: [message, ...reasons].join(': ').slice(0, 512),
      state: verdict === 'BLOCKED' ? 'down' : 'warning',
    },
  ]
}

function reasonsOf(entity: Json): string[] {
  if (entity['can_send_message'] === 'AVAILABLE') return []
  const errors = listOf(entity['errors']).filter(isObject)
  return errors.flatMap((error) => textOf(error['error_description'], 256) ?? []).slice(0, 1)
}
