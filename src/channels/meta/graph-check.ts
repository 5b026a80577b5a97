import type { ChannelCheck, PlatformAnswer, PlatformFailure } from '../outbound.ts'
import { type GraphAccess, read } from './graph.ts'
import { Id, isObject, type Json, listOf, textOf } from './wire.ts'

export type Problem = ChannelCheck['problems'][number]

/** What is known of a token. Empty where Graph would not tell, which says nothing against the token. */
export type TokenFacts = { expiresAt: number | null; appId: string | null; problems: Problem[] }

/** Failures that end a check: nothing else that is asked now will be answered either. */
export function endsCheck({ error, retryAfterMs }: PlatformFailure): boolean {
  return error.kind === 'token' || retryAfterMs !== undefined
}

/** Reads what a check can do without; null where Graph does not show it to this token. */
export async function readIfShown(
  access: GraphAccess,
  path: readonly string[],
  fields?: string,
): Promise<PlatformAnswer<Json | null>> {
  const answer = await read(access, { path, ...(fields !== undefined && { query: { fields } }) })
  return answer.ok || endsCheck(answer) ? answer : { ok: true, value: null }
}

/** "Debug Token": whether the channel's token still counts, until when, and for what. */
export async function inspectToken(access: GraphAccess, neededScope: string): Promise<PlatformAnswer<TokenFacts>> {
  // The one address that takes a token apart from its header, because the token is what it is asked about.
  const query = { input_token: access.token }
  const answer = await read(access, { path: ['debug_token'], query })
  if (!answer.ok)
    return endsCheck(answer) ? answer : { ok: true, value: { expiresAt: null, appId: null, problems: [] } }
  const data = isObject(answer.value['data']) ? answer.value['data'] : {}
  const problems = [...validity(data), ...missingScope(data, neededScope)]
  const appId = Id.safeParse(data['app_id']).data ?? null
  return { ok: true, value: { expiresAt: expiryOf(data), appId, problems } }
}

/** Unix seconds; 0 stands for never. */
function expiryOf(data: Json): number | null {
  const seconds = data['expires_at']
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : null
}

function validity(data: Json): Problem[] {
  if (data['is_valid'] !== false) return []
  const error = isObject(data['error']) ? textOf(data['error']['message'], 512) : undefined
  return [{ code: 'token.invalid', message: error ?? 'The access token no longer counts', state: 'down' }]
}

function missingScope(data: Json, scope: string): Problem[] {
  const scopes = data['scopes']
  if (data['is_valid'] === false || !Array.isArray(scopes) || scopes.length === 0 || scopes.includes(scope)) return []
  return [{ code: 'permission.missing', message: `The access token lacks the permission ${scope}`, state: 'warning' }]
}

/** Fields of a subscription to webhooks: without the first nothing arrives at all, without the others parts are missing. */
export type NeededFields = readonly [string, ...string[]]

/**
 * What `subscribed_apps` says of our app. `fields` undefined: this kind of account is subscribed as a whole. Which app
 * is ours the token tells; where it does not, any counts.
 */
export function subscriptionProblems(answer: Json, appId: string | null, fields?: NeededFields): Problem[] {
  const apps = listOf(answer['data']).filter(isObject)
  const ours = appId === null ? apps : apps.filter((app) => idOfApp(app) === undefined || idOfApp(app) === appId)
  if (ours.length === 0) return [missingSubscription('No webhooks of this account go to our app')]
  if (fields === undefined) return []
  const subscribed = new Set(ours.flatMap((app) => listOf(app['subscribed_fields']).map(nameOfField)))
  const missing = fields.filter((field) => !subscribed.has(field))
  if (missing.includes(fields[0])) return [missingSubscription(`The webhook field ${fields[0]} is not subscribed`)]
  if (missing.length === 0) return []
  const message = `Webhook fields are not subscribed: ${missing.join(', ')}`
  return [{ code: 'subscription.incomplete', message, state: 'warning' }]
}

function missingSubscription(message: string): Problem {
  return { code: 'subscription.missing', message, state: 'down' }
}

/** WhatsApp wraps the app into `whatsapp_business_api_data`. */
function idOfApp(app: Json): string | undefined {
  const data = app['whatsapp_business_api_data']
  return Id.safeParse(isObject(data) ? data['id'] : app['id']).data
}

function nameOfField(field: unknown): string {
  return textOf(isObject(field) ? field['name'] : field, 64) ?? ''
}

/** The account is none the token can reach, or another one than the channel stands for. */
export function mismatch(found: string | null): Problem {
  const message = found === null ? 'The access token is for no such account' : `The access token is for ${found}`
  return { code: 'account.mismatch', message, state: 'down' }
}
