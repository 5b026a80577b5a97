import type { PlatformFailure } from '../outbound.ts'
import { failureKindOf } from './failure-kind.ts'
import { isObject, type Json, textOf } from './wire.ts'

/**
 * An error as the Graph API writes it ("Handle errors" of the Graph API; WhatsApp puts its explanation into
 * `error_data.details`). Codes are numbers on the wire and text here.
 */
export type GraphError = {
  code: string
  subcode: string | null
  title: string
  details: string | null
  isTransient: boolean
  /** `fbtrace_id`: what Meta's support asks for. */
  traceId: string | null
}

/** The error in an answer's body; null when the body is none of Graph's errors. `secrets` are cut out of its words. */
export function readGraphError(body: unknown, secrets: readonly string[]): GraphError | null {
  const error = isObject(body) ? body['error'] : undefined
  if (!isObject(error)) return null
  const code = codeOf(error['code'])
  if (code === null) return null
  const clean = (text: string | undefined) => (text === undefined ? undefined : withoutSecrets(text, secrets))
  return {
    code,
    subcode: codeOf(error['error_subcode']),
    title: clean(textOf(error['error_user_title'], 512) ?? textOf(error['message'], 512)) ?? 'Unknown error',
    details: clean(textOf(error['error_user_msg'], 2048) ?? detailsOf(error)) ?? null,
    isTransient: error['is_transient'] === true,
    traceId: textOf(error['fbtrace_id'], 128) ?? null,
  }
}

function codeOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  return textOf(value, 32) ?? null
}

function detailsOf(error: Json): string | undefined {
  const data = error['error_data']
  return textOf(isObject(data) ? data['details'] : data, 2048)
}

/** Graph repeats a token it cannot read ("Malformed access token …"), and these words are stored and shown. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const withoutKnown = secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
  return withoutKnown.replaceAll(/[\w|.-]{40,}/g, '…')
}

/** Temporary by their documents, although the answer need not say so: "Temporary due to downtime or due to being overloaded". */
const temporaryCodes = new Set(['2', '131016', '133004'])

/** "(Business account, consumer account) pair rate limit hit". */
const personalLimit = '131056'

const secondMs = 1000
const minuteMs = 60 * secondMs

/** How long to wait where the answer does not tell: by what each limit counts. */
const usualWaitMs: ReadonlyMap<string, number> = new Map([
  // Messages of one business number a second.
  ['130429', 10 * secondMs],
  // Messages to one person: one in six seconds, after bursts of 45.
  ['131056', 15 * secondMs],
  // Calls within a sliding hour or day, by app, user, page or business account.
  ['4', 5 * minuteMs],
  ['17', 5 * minuteMs],
  ['32', 5 * minuteMs],
  ['80007', 5 * minuteMs],
  // Too many customers blocked or reported the number; nothing that passes in minutes.
  ['131048', 60 * minuteMs],
])

/** What the error means for whoever asked. `namedWaitMs`: how long the answer told to wait, if it did. */
export function failureOf(graph: GraphError, namedWaitMs: number | null): PlatformFailure {
  const kind = failureKindOf(graph.code, graph.subcode ?? undefined)
  const { code, title } = graph
  const details = [graph.details, graph.subcode === null ? null : `Subcode ${graph.subcode}`].filter(
    (part) => part !== null,
  )
  const failure: PlatformFailure = {
    error: { code, title, details: details.length > 0 ? details.join('. ') : null, kind },
    ...(graph.traceId !== null && { traceId: graph.traceId }),
  }
  if (kind === 'rate_limit') {
    const personal = code === personalLimit ? { isPersonal: true } : {}
    return { ...failure, ...personal, retryAfterMs: namedWaitMs ?? usualWaitMs.get(code) ?? minuteMs }
  }
  if (graph.isTransient || temporaryCodes.has(code)) return { ...failure, retryAfterMs: namedWaitMs ?? 30 * secondMs }
  return failure
}
