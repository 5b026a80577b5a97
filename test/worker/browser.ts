import { type Json, call } from './api.ts'
import { type Browser, openPush } from '../notifications/rfc8291.ts'

/** A push as it came to the push service: its headers, and what the browser reads in it. */
export type Push = { headers: Headers; notification: Json }

/** Where a browser says that it can be pushed. */
export type SubscribedBrowser = Browser & { endpoint: string; subscription: Json & { endpoint: string } }

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** A browser with keys of its own. */
export async function newBrowser(host = 'https://fcm.googleapis.com/fcm/send'): Promise<SubscribedBrowser> {
  const pair = (await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, [
    'deriveBits',
  ])) as CryptoKeyPair
  const { d = '' } = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey
  const publicKey = base64url(new Uint8Array((await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer))
  const auth = base64url(crypto.getRandomValues(new Uint8Array(16)))
  const endpoint = `${host}/${crypto.randomUUID()}`
  const subscription = { endpoint, expirationTime: null, keys: { p256dh: publicKey, auth } }
  return { privateKey: d, publicKey, auth, endpoint, subscription }
}

type Answer = (request: Request) => Response | Promise<Response>

/**
 * The push services of these browsers: decrypts what comes, and answers as it is told. What comes for anybody else is an
 * error of the test.
 */
export function createPushService(...browsers: SubscribedBrowser[]) {
  const answers = new Map<string, Answer>()
  const pushes = new Map<string, Push[]>(browsers.map(({ endpoint }) => [endpoint, []]))
  const requests: Request[] = []
  return {
    requests,
    /** One more browser. */
    join(browser: SubscribedBrowser): void {
      browsers.push(browser)
      pushes.set(browser.endpoint, [])
    },
    /** What reached a browser, oldest first. */
    of: ({ endpoint }: SubscribedBrowser): Push[] => pushes.get(endpoint) ?? [],
    kindsOf: ({ endpoint }: SubscribedBrowser): unknown[] =>
      (pushes.get(endpoint) ?? []).map(({ notification }) => notification['kind']),
    /** From now on, for this browser. Null: it takes all. */
    answer({ endpoint }: SubscribedBrowser, answer: Answer | null): void {
      if (answer === null) answers.delete(endpoint)
      else answers.set(endpoint, answer)
    },
    fetch: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init)
      requests.push(request)
      const browser = browsers.find(({ endpoint }) => endpoint === request.url)
      if (browser === undefined) throw new Error(`a push to somebody else: ${request.url}`)
      const own = await answers.get(browser.endpoint)?.(request.clone())
      if (own !== undefined && own.status >= 300) return own
      const text = await openPush(new Uint8Array(await request.arrayBuffer()), browser)
      pushes.get(browser.endpoint)?.push({ headers: request.headers, notification: JSON.parse(text) as Json })
      return own ?? new Response(null, { status: 201 })
    },
  }
}
export type PushService = ReturnType<typeof createPushService>

export const pushPath = '/api/v1/notifications/push'

export const subscribe = (token: string, { subscription }: SubscribedBrowser, fields: Json = {}) =>
  call(`${pushPath}/subscriptions`, { bearer: token, json: { ...subscription, ...fields } })
