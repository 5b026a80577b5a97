import { exceedsDepth } from '../lib/json-depth.ts'

/** Deeper JSON is nobody's message, and whatever walks it recursively might not come back. */
const maxDepth = 32

export type JsonReading =
  | { ok: true; value: unknown }
  | { ok: false; reason: 'body.encoding' | 'body.json' | 'body.depth' }

/** Reads JSON from bytes that anybody may have sent. Never throws. */
export function readJson(bytes: Uint8Array): JsonReading {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return { ok: false, reason: 'body.encoding' }
  }
  if (exceedsDepth(bytes, maxDepth)) return { ok: false, reason: 'body.depth' }
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch {
    return { ok: false, reason: 'body.json' }
  }
}
