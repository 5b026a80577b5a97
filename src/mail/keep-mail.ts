import { z } from 'zod'
import { derivedId } from '../lib/derived-id.ts'
import { openDatabase } from '../store/database.ts'
import { type QuarantineRow, insertQuarantine } from '../store/quarantine.ts'

/** What is known of a mail besides itself. */
export const Envelope = z.object({ envelope_from: z.string(), envelope_to: z.string() })
export type Envelope = z.infer<typeof Envelope>

/** A mail that goes to quarantine. `tenantId` is empty while nobody owns it. */
export type RefusedMail = { tenantId: string; reason: string; envelope: Envelope; raw: Uint8Array; receivedAt: number }

/**
 * Keeps a mail that has no place (G7): the envelope in the row, the mail beside it. The object comes first, and both are
 * named by what the mail is, so sending it again makes nothing new.
 */
export async function keepMail(env: Pick<Env, 'BUCKET' | 'DB'>, mail: RefusedMail): Promise<void> {
  const { tenantId, reason, envelope, raw, receivedAt } = mail
  const id = derivedId('quarantine', 'email', envelope.envelope_to, await sha256Of(raw))
  const objectKey = `t/${tenantId === '' ? 'operator' : tenantId}/quarantine/${id}`
  await env.BUCKET.put(objectKey, raw)
  const row = { tenantId, id, platform: 'email', metaAppId: null, reason, objectKey, receivedAt } as const
  await insertQuarantine(openDatabase(env.DB), [{ ...row, body: JSON.stringify(envelope) }])
}

/** The envelope of a kept mail; null for what was not kept by `keepMail`. */
export function envelopeOf(row: QuarantineRow): Envelope | null {
  if (row.body === null) return null
  const envelope = Envelope.safeParse(readJson(row.body))
  return envelope.success ? envelope.data : null
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // a row of another kind
  }
}

async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
