import { env } from 'cloudflare:workers'
import { type IncomingMail, onEmail } from '../../src/jobs/email.ts'
import { freshNumber } from './inbox.ts'
import { rowsOf } from './tenant.ts'

type MailFields = {
  from?: string
  to?: string
  subject?: string
  id?: string | null
  text?: string
  headers?: Record<string, string>
}

/** A plain mail, as it comes over the wire. */
export function mailText({
  from = 'Olena <olena@client.example>',
  to = 'office@slovo.example',
  ...more
}: MailFields): string {
  const { subject = 'A question', id = `${freshNumber()}@client.example`, text = 'Good day!', headers = {} } = more
  const lines = {
    From: from,
    To: to,
    Subject: subject,
    Date: 'Mon, 23 Nov 2026 09:00:00 +0000',
    ...(id === null ? {} : { 'Message-ID': `<${id}>` }),
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    ...headers,
  }
  const header = Object.entries(lines).map(([name, value]) => `${name}: ${value}`)
  return `${header.join('\r\n')}\r\n\r\n${text}\r\n`
}

/** HTML with a picture of its own and a file. */
export function richMail(html: string, { id = `${freshNumber()}@client.example` } = {}): string {
  const part = (headers: string, body: string) => `--b\r\n${headers}\r\n\r\n${body}\r\n`
  const header = `From: olena@client.example\r\nTo: office@slovo.example\r\nSubject: Rich\r\nMessage-ID: <${id}>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n`
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  return (
    `${header}MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n` +
    part('Content-Type: text/html; charset=utf-8', html) +
    part(
      'Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline; filename=logo.png',
      png,
    ) +
    part('Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=offer.pdf', 'PDF!') +
    '--b--\r\n'
  )
}

/** Hands a mail to the Worker as the platform does. `refusal`: what `setReject` was called with. */
export async function deliverMail(
  raw: string | Uint8Array,
  envelope: { to: string; from?: string; env?: Env },
): Promise<{ refusal: string | null }> {
  const bytes = typeof raw === 'string' ? new TextEncoder().encode(raw) : raw
  let refusal: string | null = null
  const mail: IncomingMail = {
    from: envelope.from ?? 'olena@client.example',
    to: envelope.to,
    raw: new Blob([bytes]).stream(),
    rawSize: bytes.byteLength,
    setReject: (reason) => {
      refusal = reason
    },
  }
  await onEmail(mail, envelope.env ?? env)
  return { refusal }
}

export type StoredMail = {
  id: string
  conversation_id: string
  external_id: string
  type: string
  direction: string
  content: string
  status: string
  counts_unread: number
  details: string
}

export function storedMails(tenantId: string): Promise<StoredMail[]> {
  return rowsOf<StoredMail>(
    `select id, conversation_id, external_id, type, direction, content, status, counts_unread, details from messages
       where tenant_id = ?1 order by seq`,
    tenantId,
  )
}

/** Keys of everything of a tenant in R2. */
export async function objectsOf(tenantId: string): Promise<string[]> {
  const { objects } = await env.BUCKET.list({ prefix: `t/${tenantId}/` })
  return objects.map(({ key }) => key)
}

/** A bucket that fails at its n-th put, from 1. */
export function failingBucket(bucket: R2Bucket, failsAt: (put: number) => boolean): R2Bucket {
  let puts = 0
  return new Proxy(bucket, {
    get(target, property) {
      const value = Reflect.get(target, property) as unknown
      if (typeof value !== 'function') return value
      if (property !== 'put') return value.bind(target) as unknown
      return async (...given: Parameters<R2Bucket['put']>) => {
        puts += 1
        if (failsAt(puts)) throw new Error('put: internal error (10001)')
        return target.put(...given)
      }
    },
  })
}
