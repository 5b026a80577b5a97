import { type SampleMessage, frameOf } from '../frame.ts'

export type PeerEnv = { DB: D1Database; APP_SECRET: string }

/** The messages of a delivery whose signature is right; null where it is not. */
export async function readSigned(request: Request, secret: string): Promise<SampleMessage[] | null> {
  const body = await request.arrayBuffer()
  const given = request.headers.get('x-hub-signature-256')?.slice('sha256='.length) ?? ''
  const key = await importKey(secret)
  if (!(await crypto.subtle.verify('HMAC', key, Uint8Array.fromHex(given), body))) return null
  const delivery = JSON.parse(new TextDecoder().decode(body)) as {
    entry: { changes: { value: { messages: SampleMessage[] } }[] }[]
  }
  return delivery.entry.flatMap((entry) => entry.changes.flatMap((change) => change.value.messages))
}

let imported: Promise<CryptoKey> | null = null

function importKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  imported ??= crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['verify'])
  return imported
}

/** One insert for the delivery, in one call; gives the frames of its messages. */
export async function storeFrames(db: D1Database, messages: readonly SampleMessage[]): Promise<string[]> {
  const rows = await db
    .prepare(
      `insert into messages (external_id, sender, body, at)
         select value ->> 'id', value ->> 'from', value ->> '$.text.body', value ->> 'timestamp' from json_each(?1) where true
         on conflict (external_id) do nothing returning seq, external_id`,
    )
    .bind(JSON.stringify(messages))
    .all<{ seq: number; external_id: string }>()
  const byId = new Map(messages.map((message) => [message.id, message]))
  return rows.results.flatMap(({ seq, external_id: id }) => {
    const message = byId.get(id)
    return message === undefined ? [] : [JSON.stringify(frameOf(seq, message))]
  })
}
