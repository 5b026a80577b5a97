import { blockedSource } from '../channels/email/sanitize-html.ts'
import { encodeBase64 } from '../lib/base64.ts'

/** A picture of the mail's own: what the HTML calls it, and where it is. */
export type InlinePicture = { contentId: string; mimeType: string; size: number; objectKey: string }

/** Nothing else is put into the HTML: what these hold cannot run. */
const pictureTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
/** Of all pictures of a mail together, in bytes; the rest stay in the list of files. */
const maxInlineBytes = 8 * 1024 * 1024

/**
 * The headers of a mail's HTML. It is for a sandboxed frame, and sandboxed as well where somebody opens it by itself: no
 * script, no form, nothing fetched but the pictures that were asked for. Links open outside of it. `isLocal`: in
 * development, where other servers are on the same machine.
 */
export function mailHtmlHeaders(hasRemoteImages: boolean, isLocal: boolean): Record<string, string> {
  const remote = isLocal ? 'data: https: http://localhost:* http://127.0.0.1:*' : 'data: https:'
  const pictures = hasRemoteImages ? remote : 'data:'
  const policy = [
    'sandbox allow-popups allow-popups-to-escape-sandbox',
    "default-src 'none'",
    `img-src ${pictures}`,
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ]
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'private, no-store',
  }
}

const style =
  'body{margin:0;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}body>:first-child{margin-top:0}'

/** Cleaned HTML as a whole page. `picture` gives the address of one of the mail's own pictures. */
export function mailPage(html: string, picture: ReadonlyMap<string, string>, hasRemoteImages: boolean): string {
  const withOwn = html.replaceAll(/ src="cid:([^"]*)"/g, (_, id: string) => {
    const address = picture.get(unescaped(id))
    return address === undefined ? '' : ` src="${address}"`
  })
  const shown = hasRemoteImages ? withOwn.replaceAll(` ${blockedSource}="http`, ' src="http') : withOwn
  return `<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><style>${style}</style></head><body>${shown}</body></html>`
}

function unescaped(id: string): string {
  try {
    return decodeURIComponent(id.replaceAll('&amp;', '&'))
  } catch {
    return id
  }
}

/** The pictures as `data:` addresses: a sandboxed frame has no right to fetch them. */
export async function readPictures(
  bucket: R2Bucket,
  pictures: readonly InlinePicture[],
): Promise<ReadonlyMap<string, string>> {
  const addresses = new Map<string, string>()
  let left = maxInlineBytes
  for (const { contentId, mimeType, size, objectKey } of pictures) {
    if (!pictureTypes.has(mimeType) || size > left) continue
    const object = await bucket.get(objectKey)
    if (object === null || object.size > left) continue
    left -= object.size
    addresses.set(contentId, `data:${mimeType};base64,${encodeBase64(new Uint8Array(await object.arrayBuffer()))}`)
  }
  return addresses
}
