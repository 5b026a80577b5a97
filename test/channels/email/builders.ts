import { type Mail, type MailLimits, mailLimits, type ParsedMail } from '../../../src/channels/email/mail.ts'
import { parseMail } from '../../../src/channels/email/parse-mail.ts'

/** Raw mail of text, in UTF-8, its lines ended as mail ends them. */
export function rawMail(text: string): Uint8Array {
  return new TextEncoder().encode(text.replaceAll(/\r?\n/g, '\r\n'))
}

/** Raw mail whose characters are its bytes. */
export function rawBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

const usual = {
  From: 'Olena <olena@customer.example>',
  To: 'office@bureau.example',
  Subject: 'Translation',
  Date: 'Mon, 05 Jan 2026 10:00:00 +0200',
  'Message-ID': '<one@customer.example>',
}

/** A whole mail; a header given as undefined is left out. */
export function mailText(body: string, headers: Record<string, string | undefined> = {}): string {
  const fields = Object.entries({ ...usual, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  return `${fields.join('\n')}\n\n${body}`
}

export async function parse(raw: Uint8Array | string, limits: Partial<MailLimits> = {}): Promise<Mail> {
  return parseMail(typeof raw === 'string' ? rawMail(raw) : raw, { ...mailLimits, ...limits })
}

/** A mail that is expected to be taken apart. */
export async function parsed(raw: Uint8Array | string): Promise<ParsedMail> {
  const mail = await parse(raw)
  if (mail.kind !== 'parsed') throw new Error(`not parsed: ${mail.kind}, ${mail.reason}`)
  return mail
}

/** A multipart body of parts, each with its own header. */
export function multipart(boundary: string, parts: readonly string[]): string {
  return `${parts.map((part) => `--${boundary}\n${part}\n`).join('')}--${boundary}--\n`
}

/** CPU time of this process, in ms: on a busy machine the clock says nothing about our own work. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
