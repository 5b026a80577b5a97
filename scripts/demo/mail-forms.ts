/** What somebody writes in a mail program, before the program makes a mail of it. */
export type Writing = {
  text: string
  /** Below the text, divided from it as every program divides it. */
  signature?: string | undefined
  /** What is answered, below all else, with the line that announces it. */
  quote?: { announcement: string; text: string } | undefined
  /** The address of a picture on a server of the writer's own. */
  picture?: string | undefined
  file?: { filename: string; mimeType: string; bytes: Uint8Array } | undefined
}

/** The part of a mail below the other fields of its header: text and HTML, and the file beside them. */
export function bodyOf(writing: Writing): string {
  const { file } = writing
  const forms = part('text/plain; charset=utf-8', plainOf(writing)) + part('text/html; charset=utf-8', htmlOf(writing))
  const alternative = `Content-Type: multipart/alternative; boundary="demo-forms"\r\n\r\n${forms}--demo-forms--\r\n`
  if (file === undefined) return alternative
  const type = `${file.mimeType}\r\nContent-Disposition: attachment; filename="${encodedWord(file.filename)}"`
  const parts = `--demo-files\r\n${alternative}\r\n${part(type, file.bytes, 'demo-files')}--demo-files--\r\n`
  return `Content-Type: multipart/mixed; boundary="demo-files"\r\n\r\n${parts}`
}

function plainOf({ text, signature, quote }: Writing): string {
  const quoted = quote?.text.split('\n').map((line) => `> ${line}`) ?? []
  return [
    text,
    ...(signature === undefined ? [] : ['', '-- ', signature]),
    ...(quote === undefined ? [] : ['', quote.announcement, ...quoted]),
  ].join('\r\n')
}

function htmlOf({ text, signature, quote, picture }: Writing): string {
  return [
    `<p>${lined(text)}</p>`,
    picture === undefined ? '' : `<p><img src="${picture}" alt="" width="480"></p>`,
    signature === undefined ? '' : `<p><font color="#6b7280">-- <br>${lined(signature)}</font></p>`,
    quote === undefined ? '' : `<p>${lined(quote.announcement)}</p><blockquote>${lined(quote.text)}</blockquote>`,
  ].join('')
}

function lined(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\n': '<br>' }
  return text.replaceAll(/[&<>\n]/g, (char) => entities[char] ?? char)
}

const base64 = (content: string | Uint8Array) => Buffer.from(content).toString('base64')

/** RFC 2047; for names, which are short. */
export function encodedWord(text: string): string {
  return `=?utf-8?B?${base64(text)}?=`
}

function part(type: string, content: string | Uint8Array, boundary = 'demo-forms'): string {
  const header = `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64`
  return `--${boundary}\r\n${header}\r\n\r\n${base64(content).replaceAll(/.{76}/g, '$&\r\n')}\r\n`
}
