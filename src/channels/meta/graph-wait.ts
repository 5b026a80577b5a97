import { isObject, listOf } from './wire.ts'

const minuteMs = 60_000
const longestMs = 24 * 60 * minuteMs

/**
 * How long an answer tells to wait, in ms; null where it does not. `X-Business-Use-Case-Usage` names the minutes until
 * access is regained, for each limit that applies ("Rate Limits" of the Graph API); `Retry-After` comes from whatever
 * stands before Graph.
 */
export function waitNamedBy(headers: Headers, now: number): number | null {
  const named = [retryAfterMs(headers.get('retry-after'), now), ...regainMs(headers.get('x-business-use-case-usage'))]
  const waits = named.filter((ms) => ms !== null && ms > 0).map((ms) => Math.min(ms ?? 0, longestMs))
  return waits.length > 0 ? Math.max(...waits) : null
}

function retryAfterMs(value: string | null, now: number): number | null {
  if (value === null) return null
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : at - now
}

/** `{"<id>": [{"type": "messenger", "call_count": 100, …, "estimated_time_to_regain_access": 3}]}` */
function regainMs(value: string | null): number[] {
  const usage = value === null ? undefined : parsed(value)
  const limits = isObject(usage) ? Object.values(usage).flatMap(listOf) : []
  return limits.flatMap((limit) => {
    const minutes = isObject(limit) ? limit['estimated_time_to_regain_access'] : undefined
    return typeof minutes === 'number' && Number.isFinite(minutes) ? [minutes * minuteMs] : []
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a header we cannot read names no wait
  }
}
