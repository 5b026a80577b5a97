import type { DeviceApi } from './types.ts'

/** How this browser stands towards pushes. `off`: it could have them. */
export type DeviceState = 'unsupported' | 'insecure' | 'denied' | 'off' | 'on'

/** Where the service worker is, in the words of one language and for one user. */
export function workerAddress(language: string, userId: string): string {
  return `/sw.js?${new URLSearchParams({ language, user: userId }).toString()}`
}

export async function deviceState(): Promise<DeviceState> {
  if (!window.isSecureContext) return 'insecure'
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  return (await currentSubscription()) === null ? 'off' : 'on'
}

export async function currentSubscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration('/')
  return (await registration?.pushManager.getSubscription()) ?? null
}

type SwitchOn = { api: DeviceApi; publicKey: string; language: string; userId: string; name: string }

/** Asks for the permission, subscribes, and tells the server. Gives the id of this device there; null where it was denied. */
export async function switchOn({ api, publicKey, language, userId, name }: SwitchOn): Promise<string | null> {
  if ((await Notification.requestPermission()) !== 'granted') return null
  await navigator.serviceWorker.register(workerAddress(language, userId))
  const registration = await navigator.serviceWorker.ready
  const key = fromBase64Url(publicKey)
  const before = await registration.pushManager.getSubscription()
  // A browser keeps one subscription, and it is bound to the key that it was made with.
  if (before !== null && !hasKey(before, key)) await before.unsubscribe()
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  return (await api.subscribePush(subscriptionBody(subscription, name))).id
}

export async function switchOff(api: DeviceApi, id: string | null): Promise<void> {
  const subscription = await currentSubscription()
  await subscription?.unsubscribe()
  if (id !== null) await api.unsubscribePush(id)
}

/** What the server is told of a subscription. */
export function subscriptionBody(subscription: Pick<PushSubscription, 'toJSON'>, name: string) {
  const { endpoint = '', expirationTime = null, keys = {} } = subscription.toJSON()
  return { endpoint, expirationTime, keys: { p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' }, name }
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (char) => char.codePointAt(0) ?? 0)
}

function hasKey({ options }: PushSubscription, key: Uint8Array): boolean {
  if (options.applicationServerKey === null) return false
  const own = new Uint8Array(options.applicationServerKey)
  return own.length === key.length && own.every((byte, at) => byte === key[at])
}

const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg\//u, 'Edge'],
  [/OPR\//u, 'Opera'],
  [/Firefox\/|FxiOS\//u, 'Firefox'],
  [/Chrome\/|CriOS\//u, 'Chrome'],
  [/Safari\//u, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/Android/u, 'Android'],
  [/iPhone|iPad/u, 'iOS'],
  [/Windows/u, 'Windows'],
  [/Mac OS X/u, 'macOS'],
  [/CrOS/u, 'ChromeOS'],
  [/Linux/u, 'Linux'],
]

/** What to list a device by: "Firefox", "Linux". */
export function deviceParts(userAgent: string): { browser: string; system: string } {
  const find = (known: typeof browsers) => known.find(([pattern]) => pattern.test(userAgent))?.[1] ?? '?'
  return { browser: find(browsers), system: find(systems) }
}
