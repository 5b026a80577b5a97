import type { Answer, GraphCall, GraphError, MetaPlatform } from './types.ts'

// Sources: "Handle errors" of the Graph API, "Error codes" of the WhatsApp Business Platform, "Common Error Codes" of the
// Messenger Platform; HTTP statuses of Messenger and Instagram as clients of theirs report them.

const titles: Readonly<Record<string, string>> = {
  '1': 'An unknown error occurred',
  '2': 'An unexpected error has occurred. Please retry your request later.',
  '4': 'Application request limit reached',
  '10': 'Application does not have permission for this action',
  '10/2018278':
    'This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview',
  '10/2534022': 'This message is sent outside of allowed window.',
  '32': 'Page request limit reached',
  '100': 'Invalid parameter',
  '100/33':
    'Unsupported request. Object does not exist, cannot be loaded due to missing permissions, or does not support this operation.',
  '100/2018001': 'No matching user found',
  '190': 'Invalid OAuth access token - Cannot parse access token',
  '190/460': 'Error validating access token: The session has been invalidated because the user changed their password.',
  '190/463': 'Error validating access token: Session has expired.',
  '200': 'Requires pages_messaging permission to manage the object',
  '230': 'User consent is required to access user profile',
  '368': 'The action attempted has been deemed abusive or is otherwise disallowed',
  '551': 'This person isn’t available right now.',
  '613': 'Calls to this api have exceeded the rate limit.',
  '80006': 'There have been too many calls to this Messenger account. Wait a bit and try again.',
  '80007': 'There have been too many calls to this WhatsApp Business account. Wait a bit and try again.',
  '130429': 'Rate limit hit',
  '130472': 'User’s number is part of an experiment',
  '131000': 'Something went wrong',
  '131008': 'Required parameter is missing',
  '131009': 'Parameter value is not valid',
  '131016': 'Service unavailable',
  '131026': 'Message undeliverable',
  '131031': 'Account has been locked',
  '131047': 'Re-engagement message',
  '131048': 'Spam rate limit hit',
  '131051': 'Unsupported message type',
  '131052': 'Media download error',
  '131053': 'Media upload error',
  '131056': '(Business Account, Consumer Account) pair rate limit hit',
  '132000': 'Number of parameters does not match the expected number of params',
  '132001': 'Template name does not exist in the translation',
}

/** Codes that say "too much in too short a time". */
const throttling = new Set([4, 17, 32, 613, 80_006, 80_007, 130_429, 131_048, 131_056])

/** The title that Meta gives a code; its own words where it has none here. */
export function titleOf(code: number, subcode?: number): string {
  return titles[`${code}/${subcode}`] ?? titles[String(code)] ?? 'An error occurred'
}

function statusOf(code: number, platform: MetaPlatform | null): number {
  if (code === 190) return 401
  if (code === 10 || (code >= 200 && code <= 299)) return 403
  if (throttling.has(code)) return platform === 'whatsapp' ? 429 : 403
  return code <= 3 || code === 131_000 || code === 131_016 ? 500 : 400
}

/** What Graph answers instead of what was asked for. Instagram's own host has a type of its own for most errors. */
export function refusal(error: GraphError, from: { platform?: MetaPlatform | null; call?: GraphCall } = {}): Answer {
  const { code, subcode, details, isTransient } = error
  const title = error.message ?? titleOf(code, subcode)
  const isOwnType = from.call?.api === 'instagram' && code !== 190
  const platform = from.platform ?? null
  const body = {
    message: code === 190 || subcode === 33 ? title : `(#${code}) ${title}`,
    type: isOwnType ? 'IGApiException' : subcode === 33 ? 'GraphMethodException' : 'OAuthException',
    code,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    ...(isTransient === undefined ? {} : { is_transient: isTransient }),
    ...(platform === 'whatsapp' ? { error_data: { messaging_product: 'whatsapp', details: details ?? title } } : {}),
    fbtrace_id: `Afake${code}`,
  }
  const challenge = `OAuth "Facebook Platform" "invalid_token" "${title}"`
  const headers = { ...(code === 190 ? { 'www-authenticate': challenge } : {}), ...error.headers }
  return { status: error.httpStatus ?? statusOf(code, platform), body: { error: body }, headers }
}

/** Nothing there, or not for this token: Graph does not tell which. */
export function missing(id: string, call: GraphCall): Answer {
  const verb = call.method === 'GET' ? 'get' : call.method.toLowerCase()
  const message = `Unsupported ${verb} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`
  return refusal({ code: 100, subcode: 33, message }, { call })
}

export function invalid(message: string, from: { platform?: MetaPlatform | null; call?: GraphCall } = {}): Answer {
  return refusal({ code: 100, message }, from)
}
