import { enNotify } from './i18n/en-notify.ts'
import { createSay } from './i18n/say.ts'
import { ukNotify } from './i18n/uk-notify.ts'
import { type NotificationFacts, type Reader, tagOf, targetOf, wordsOf } from './rules/notification-words.ts'
import { openMessage } from './worker-messages.ts'

// What a browser does with pushes while no page of the inbox need be open. It keeps nothing, least of all the page.

/** A window of this origin, as far as it is used here. */
export type WorkerWindow = {
  url: string
  focused: boolean
  focus(): Promise<unknown>
  postMessage(data: unknown, options: object): void
}

/** The parts of a service worker's world that are used here. */
export type WorkerScope = {
  /** The script's address: its query says in whose words, and for whom. */
  location: { href: string }
  registration: {
    showNotification(title: string, options: NotificationOptions): Promise<void>
    pushManager: Pick<PushManager, 'subscribe'>
  }
  clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly WorkerWindow[]>
    openWindow(url: string): Promise<unknown>
  }
  fetch(path: string, init?: RequestInit): Promise<Pick<Response, 'ok' | 'json'>>
}

const locales = { en: 'en-GB', uk: 'uk-UA' } as const

/** The notification of a push; none while somebody works in the inbox, for its page tells them. */
export async function showPush(scope: WorkerScope, text: string): Promise<void> {
  const windows = await windowsOf(scope)
  if (windows.some(({ focused }) => focused)) return
  const facts = readFacts(text)
  const { reader, language } = readerOf(scope)
  const { title, text: body } = wordsOf(facts, reader)
  const tag = tagOf(facts)
  await scope.registration.showNotification(title, {
    body,
    lang: language,
    icon: '/favicon.svg',
    data: facts,
    // The one that takes another's place is news as well.
    ...(tag === '' ? {} : { tag, renotify: true }),
  })
}

/** What a click on one opens: the conversation, in a window that is there already where one is. */
export async function openClicked(scope: WorkerScope, data: unknown): Promise<void> {
  const target = targetOf(isFacts(data) ? data : { kind: '' })
  if (target?.kind === 'link') return void (await scope.clients.openWindow(target.href))
  const windows = await windowsOf(scope)
  const [best] = windows.toSorted((a, b) => Number(b.focused) - Number(a.focused))
  if (best === undefined) {
    await scope.clients.openWindow(target === null ? '/' : `/conversations/${target.id}`)
    return
  }
  await best.focus()
  if (target !== null) best.postMessage(openMessage(target.id), {})
}

const pushPath = '/api/v1/notifications/push'

/** The browser has ended a subscription: this device subscribes again, as whoever is signed in. */
export async function subscribeAgain(
  scope: WorkerScope,
  old: { options?: PushSubscriptionOptions } | null,
): Promise<void> {
  const key = old?.options?.applicationServerKey ?? (await publicKey(scope))
  if (key === null) return
  const subscription = await scope.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  })
  await scope.fetch(`${pushPath}/subscriptions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(subscription.toJSON()),
  })
}

async function publicKey(scope: WorkerScope): Promise<string | null> {
  const answer = await scope.fetch(pushPath)
  if (!answer.ok) return null
  const { public_key: key } = (await answer.json()) as { public_key?: unknown }
  return typeof key === 'string' ? key : null
}

function windowsOf({ clients }: WorkerScope): Promise<readonly WorkerWindow[]> {
  return clients.matchAll({ type: 'window', includeUncontrolled: true })
}

function readerOf({ location }: WorkerScope): { reader: Reader; language: 'en' | 'uk' } {
  const query = new URL(location.href).searchParams
  const language = query.get('language') === 'uk' ? 'uk' : 'en'
  const locale = locales[language]
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })
  const say = createSay(language === 'uk' ? ukNotify : enNotify, locale)
  const dateOf = (iso: string): string => (Number.isNaN(Date.parse(iso)) ? '' : date.format(Date.parse(iso)))
  return { language, reader: { say, userId: query.get('user'), date: dateOf, channelOf: () => null } }
}

/** Whatever came is shown: a browser withdraws the permission of who gets pushes and shows nothing. */
function readFacts(text: string): NotificationFacts {
  try {
    const value: unknown = JSON.parse(text)
    return isFacts(value) ? value : { kind: '' }
  } catch {
    return { kind: '' }
  }
}

function isFacts(value: unknown): value is NotificationFacts {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
}
