import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { invalid, refusal } from './errors.ts'
import { type GraphState, nextNumber, type TokenRow } from './state.ts'
import type { Answer, FakeAccount, GraphCall } from './types.ts'

const secondsOf = (ms: number) => Math.floor(ms / 1000)

function isExpired(row: TokenRow, now: number): boolean {
  return row.expiresAt !== null && row.expiresAt <= now
}

/** Which of Graph's two hosts takes the token of an account. */
function hostOf(account: FakeAccount): GraphCall['api'] {
  return account.platform === 'instagram' && account.login === 'instagram' ? 'instagram' : 'facebook'
}

/** The accounts that the call's token opens on the host it was sent to. */
export function accountsOf(state: GraphState, call: GraphCall): FakeAccount[] {
  const row = state.tokens.get(call.token ?? '')
  return (row?.accounts ?? []).filter((account) => hostOf(account) === call.api)
}

/** Why the call may not be made with this token; undefined when it may. */
export function checkToken(state: GraphState, call: GraphCall): Answer | undefined {
  if (call.token === null) {
    const message = 'An access token is required to request this resource.'
    return refusal({ code: 104, message, httpStatus: 400 }, { call })
  }
  const row = state.tokens.get(call.token)
  // A token of the other host looks like no token at all.
  if (row === undefined || accountsOf(state, call).length === 0) return refusal({ code: 190 }, { call })
  if (row.isRevoked) return refusal({ code: 190, subcode: 460 }, { call })
  if (isExpired(row, state.options.now())) return refusal({ code: 190, subcode: 463 }, { call })
  return checkProof(state, call)
}

/** Graph API, "Secure Graph API calls": HMAC-SHA256 of the token under the app's secret, in hex. */
function checkProof(state: GraphState, call: GraphCall): Answer | undefined {
  const proof = call.query.get('appsecret_proof')
  const { secret } = state.options.app
  if (proof === null || secret === undefined || call.token === null) return undefined
  const right = bytesToHex(hmac(sha256, utf8ToBytes(secret), utf8ToBytes(call.token)))
  return proof === right ? undefined : invalid('Invalid appsecret_proof provided in the API argument', { call })
}

/** GET /debug_token: what a token is worth. Asked about a bad one, it answers 200 and says so. */
export function debugToken(state: GraphState, call: GraphCall): Answer {
  const asked = call.query.get('input_token')
  if (asked === null) return invalid('The parameter input_token is required.', { call })
  const row = state.tokens.get(asked)
  const { app, now } = state.options
  if (row === undefined) {
    const error = { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' }
    return { status: 200, body: { data: { error, is_valid: false, scopes: [] } } }
  }
  const [account] = row.accounts
  const isValid = !row.isRevoked && !isExpired(row, now())
  const error = { code: 190, subcode: row.isRevoked ? 460 : 463, message: 'Error validating access token' }
  const data = {
    app_id: app.id,
    type: account?.platform === 'whatsapp' ? 'SYSTEM_USER' : 'PAGE',
    application: app.name,
    data_access_expires_at: 0,
    // 0 stands for never.
    expires_at: row.expiresAt === null ? 0 : secondsOf(row.expiresAt),
    issued_at: secondsOf(row.issuedAt),
    is_valid: isValid,
    ...(isValid ? {} : { error }),
    scopes: row.scopes ?? scopesOf(row.accounts),
    granular_scopes: [],
    ...(account?.platform === 'facebook' ? { profile_id: account.id } : {}),
    user_id: '122000000000122',
  }
  return { status: 200, body: { data } }
}

function scopesOf(accounts: readonly FakeAccount[]): string[] {
  return [...new Set(accounts.flatMap(({ platform }) => usualScopes[platform]))]
}

const usualScopes = {
  whatsapp: ['whatsapp_business_management', 'whatsapp_business_messaging', 'public_profile'],
  facebook: ['pages_messaging', 'pages_manage_metadata', 'pages_read_engagement', 'pages_show_list'],
  instagram: ['instagram_basic', 'instagram_manage_messages', 'pages_manage_metadata', 'pages_show_list'],
}

const dayMs = 86_400_000

/** GET /refresh_access_token of Instagram's host: 60 more days, for a token that is a day old and still valid. */
export function refreshToken(state: GraphState, call: GraphCall): Answer {
  if (call.query.get('grant_type') !== 'ig_refresh_token') return invalid('Invalid grant_type', { call })
  const row = state.tokens.get(call.token ?? '')
  const now = state.options.now()
  if (row === undefined) return refusal({ code: 190 }, { call })
  if (now - row.issuedAt < dayMs) return invalid('The access token is too new to be refreshed', { call })
  // The old one stays good for as long as it was.
  const value = `IGAAfake${nextNumber(state)}`
  state.tokens.set(value, { ...row, issuedAt: now, expiresAt: now + 60 * dayMs })
  const scopes = 'instagram_business_basic,instagram_business_manage_messages'
  return {
    status: 200,
    body: { access_token: value, token_type: 'bearer', expires_in: 5_184_000, permissions: scopes },
  }
}
