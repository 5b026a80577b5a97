import type { Json, MetaPlatform } from './types.ts'

/** The header Meta signs its webhooks with: HMAC-SHA256 over the very bytes of the body. */
export async function signatureOf(secret: string, rawBody: string): Promise<string> {
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign'])
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(rawBody)))
  return `sha256=${[...signature].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** A delivery's bytes as Meta writes them: everything beyond ASCII is escaped, and slashes too. */
export function writeDelivery(delivery: Json): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(delivery)
    .replaceAll('/', '\\/')
    .replaceAll(/[\u0080-\uffff]/g, escaped)
}

type Receiver = {
  /** Of the Worker, without a slash at the end. */
  url: string
  appSecret: string
  fetch?: (request: Request) => Promise<Response>
  sleep?: (ms: number) => Promise<void>
  /** How often a delivery is tried that meets no success. */
  attempts?: number
}

/** Posts signed deliveries to the Worker's entrance, and the same bytes again while it does not take them. */
export function createDelivery(receiver: Receiver): (delivery: Json, platform: MetaPlatform) => Promise<void> {
  const { url, appSecret, fetch = globalThis.fetch, attempts = 3 } = receiver
  const sleep = receiver.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  return async (delivery, platform) => {
    const body = writeDelivery(delivery)
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': await signatureOf(appSecret, body) }
    const address = `${url}/api/v1/communications/webhooks/${platform}`
    let trouble = ''
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      try {
        const response = await fetch(new Request(address, { method: 'POST', headers, body }))
        await response.body?.cancel()
        if (response.ok) return
        trouble = `was answered ${response.status}`
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error)
      }
      if (attempt < attempts) await sleep(attempt * 250)
    }
    throw new Error(`a ${platform} delivery ${trouble}`)
  }
}
