import { derivedId } from '../lib/derived-id.ts'
import { openDatabase } from '../store/database.ts'
import { type NewQuarantineRow, type QuarantineRow, insertQuarantine } from '../store/quarantine.ts'
import type { DeliverySource, Refusal } from './routing.ts'

/** Larger bodies are kept in R2, in bytes. */
const maxInlineBytes = 64 * 1024

/** A whole delivery that cannot be taken apart. */
export type WholeRefusal = { reason: string; body: Uint8Array<ArrayBuffer> }

/**
 * Keeps what was refused (G7). The id comes from the content, never from the reason, so a delivery that is sent for days
 * makes one row. The object is put before its row: a row never points to nothing.
 */
export async function keepRefusals(env: Env, source: DeliverySource, refusals: readonly Refusal[]): Promise<void> {
  if (refusals.length === 0) return
  const receivedAt = Date.now()
  const rows = await Promise.all(
    refusals.map(({ tenantId, reason, raw }) => {
      const text = JSON.stringify(raw) ?? 'null'
      const row = blankRow(source, { tenantId, reason, receivedAt, fingerprint: text })
      return withBody(env, row, encode(text))
    }),
  )
  await insertQuarantine(openDatabase(env.DB), rows)
}

export async function keepWhole(env: Env, source: DeliverySource, { reason, body }: WholeRefusal): Promise<void> {
  const fingerprint = `sha256 ${await sha256Of(body)}`
  const row = blankRow(source, { tenantId: source.tenantId, reason, receivedAt: Date.now(), fingerprint })
  await insertQuarantine(openDatabase(env.DB), [await withBody(env, row, body)])
}

function blankRow(
  { platform, metaAppId }: DeliverySource,
  of: { tenantId: string; reason: string; receivedAt: number; fingerprint: string },
): NewQuarantineRow {
  const { fingerprint, ...rest } = of
  const id = derivedId('quarantine', platform, metaAppId ?? '', fingerprint)
  return { ...rest, id, platform, metaAppId, body: null, objectKey: null }
}

/** Text goes into the row; what is too large for that, or is no text, goes to R2 byte for byte. */
async function withBody(env: Env, row: NewQuarantineRow, bytes: Uint8Array<ArrayBuffer>): Promise<NewQuarantineRow> {
  const text = bytes.byteLength > maxInlineBytes ? null : textOf(bytes)
  if (text !== null) return { ...row, body: text }
  const objectKey = `t/${row.tenantId === '' ? 'operator' : row.tenantId}/quarantine/${row.id}`
  await env.BUCKET.put(objectKey, bytes)
  return { ...row, objectKey }
}

function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}

// Web Crypto and R2 exclude shared memory, which an encoder never gives.
function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The bytes that were kept; null when their object has gone. */
export async function keptBytes(env: Env, row: QuarantineRow): Promise<Uint8Array<ArrayBuffer> | null> {
  if (row.objectKey === null) return encode(row.body ?? '')
  const object = await env.BUCKET.get(row.objectKey)
  return object === null ? null : new Uint8Array(await object.arrayBuffer())
}
