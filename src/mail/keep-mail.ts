import { z } from 'zod'
import { derivedId } from '../lib/derived-id.ts'
import { Direction } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import { type QuarantineRow, insertQuarantine } from '../store/quarantine.ts'

/** What is known of a mail besides itself. */
export const Envelope = z.object({ envelope_from: z.string(), envelope_to: z.string() })
export type Envelope = z.infer<typeof Envelope>

/**
 * What a row in quarantine says of its mail: whatever else it was handed in with, so that it can be delivered once more
 * as it was. What nobody said is missing; `authserv_id` null: nobody is believed about its sender.
 */
const KeptMail = Envelope.extend({ direction: Direction.optional(), authserv_id: z.string().nullish() })
export type KeptMail = z.infer<typeof KeptMail>

/** A mail that goes to quarantine. `tenantId` is empty while nobody owns it. */
export type RefusedMail = { tenantId: string; reason: string; kept: KeptMail; raw: Uint8Array; receivedAt: number }

/**
 * Keeps a mail that has no place (G7): what is known of it in the row, the mail beside it. The object comes first, and both are
 * named by what the mail is, so sending it again makes nothing new.
 */
export async function keepMail(env: Pick<Env, 'BUCKET' | 'DB'>, mail: RefusedMail): Promise<void> {
  const { tenantId, reason, kept, raw, receivedAt } = mail
  const id = derivedId('quarantine', 'email', kept.envelope_to, await sha256Of(raw))
  const objectKey = `t/${tenantId === '' ? 'operator' : tenantId}/quarantine/${id}`
  await env.BUCKET.put(objectKey, raw)
  const row = { tenantId, id, platform: 'email', metaAppId: null, reason, objectKey, receivedAt } as const
  await insertQuarantine(openDatabase(env.DB), [{ ...row, body: JSON.stringify(kept) }])
}

/** What is known of a kept mail; null for what was not kept by `keepMail`. */
export function keptMailOf(row: QuarantineRow): KeptMail | null {
  if (row.body === null) return null
  const kept = KeptMail.safeParse(readJson(row.body))
  return kept.success ? kept.data : null
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
