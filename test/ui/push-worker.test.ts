import { describe, expect, it } from 'vitest'
import { openClicked, showPush, subscribeAgain, type WorkerScope, type WorkerWindow } from '../../src/ui/push-worker.ts'
import { deviceParts, fromBase64Url, subscriptionBody, workerAddress } from '../../src/ui/push-device.ts'
import { openMessageOf } from '../../src/ui/worker-messages.ts'
import { messageNotification } from './fake-notifications.ts'

const id = '00000000-0000-4000-8000-000000000010'

function createWorker({ query = 'language=en&user=me', windows = [] as Partial<WorkerWindow>[] } = {}) {
  const shown: { title: string; options: NotificationOptions & { renotify?: boolean } }[] = []
  const opened: string[] = []
  const asked: { path: string; body: unknown }[] = []
  const keys: unknown[] = []
  const subscription = { toJSON: () => ({ endpoint: 'https://push.example/1', keys: { p256dh: 'p', auth: 'a' } }) }
  const scope: WorkerScope = {
    location: { href: `https://inbox.example/sw.js?${query}` },
    registration: {
      showNotification: async (title, options) => void shown.push({ title, options }),
      pushManager: {
        subscribe: async (options) => {
          keys.push(options?.applicationServerKey)
          return subscription as unknown as PushSubscription
        },
      },
    },
    clients: {
      matchAll: async () =>
        windows.map((one) => ({
          ...{ url: 'https://inbox.example/', focused: false, postMessage: () => undefined },
          focus: async () => undefined,
          ...one,
        })),
      openWindow: async (url) => void opened.push(url),
    },
    async fetch(path, init) {
      asked.push({ path, body: typeof init?.body === 'string' ? JSON.parse(init.body) : null })
      return { ok: true, json: async () => ({ public_key: 'BKey', subscriptions: [] }) }
    },
  }
  return { scope, shown, opened, asked, keys }
}

describe('a push', () => {
  it('is shown in the reader’s language, under a tag of its conversation', async () => {
    const { scope, shown } = createWorker({ query: 'language=uk&user=me' })
    await showPush(scope, JSON.stringify(messageNotification({ preview: null })))
    expect(shown).toMatchObject([
      {
        title: 'Нове повідомлення: Olena Kovalenko',
        options: { body: 'Відкрийте, щоб прочитати', lang: 'uk', tag: `messages ${id}`, renotify: true },
      },
    ])
  })

  it('is not shown while somebody works in a window of the inbox', async () => {
    const { scope, shown } = createWorker({ windows: [{}, { focused: true }] })
    await showPush(scope, JSON.stringify(messageNotification()))
    expect(shown).toEqual([])
  })

  it.each(['', 'no JSON', '7', '{"kind":"full_moon"}'])('that says %j is shown all the same', async (text) => {
    const { scope, shown } = createWorker()
    await showPush(scope, text)
    expect(shown.map(({ title }) => title)).toEqual(['Something new in the inbox'])
    expect(shown[0]?.options).not.toHaveProperty('tag')
  })
})

describe('a click', () => {
  it('opens the conversation in a window that is there', async () => {
    const heard: (string | null)[] = []
    const steps: string[] = []
    const window = {
      focus: async () => void steps.push('focus'),
      postMessage: (data: unknown) => void heard.push(openMessageOf(data)),
    }
    const { scope, opened } = createWorker({ windows: [window] })
    await openClicked(scope, messageNotification())
    expect([steps, heard, opened]).toEqual([['focus'], [id], []])
  })

  it('opens a window where there is none: at the conversation, or at the inbox', async () => {
    const { scope, opened } = createWorker()
    await openClicked(scope, messageNotification())
    await openClicked(scope, { kind: 'test' })
    await openClicked(scope, { kind: 'new_message', conversation_id: '//evil.example' })
    await openClicked(scope, null)
    expect(opened).toEqual([`/conversations/${id}`, '/', '/', '/'])
  })

  it('follows a link of the tenant’s server', async () => {
    const { scope, opened } = createWorker({ windows: [{}] })
    await openClicked(scope, { kind: 'system', link: 'https://bureau.example/report' })
    expect(opened).toEqual(['https://bureau.example/report'])
  })
})

it('subscribes again with the key it had, or with that of the server, and tells the server', async () => {
  const { scope, asked, keys } = createWorker()
  const applicationServerKey = new ArrayBuffer(65)
  await subscribeAgain(scope, { options: { applicationServerKey, userVisibleOnly: true } })
  await subscribeAgain(scope, null)
  expect(keys).toEqual([applicationServerKey, 'BKey'])
  const stored = { path: '/api/v1/notifications/push/subscriptions', body: { endpoint: 'https://push.example/1' } }
  expect(asked).toMatchObject([stored, { path: '/api/v1/notifications/push' }, stored])
})

describe('the page’s side', () => {
  it('tells the worker in whose words it speaks by its address', () => {
    expect(workerAddress('uk', 'u-1')).toBe('/sw.js?language=uk&user=u-1')
  })
  it('gives the server what it takes', () => {
    const toJSON = () => ({ endpoint: 'https://push.example/1', keys: { p256dh: 'p', auth: 'a' } })
    expect(subscriptionBody({ toJSON }, 'Firefox on Linux')).toEqual({
      endpoint: 'https://push.example/1',
      expirationTime: null,
      keys: { p256dh: 'p', auth: 'a' },
      name: 'Firefox on Linux',
    })
  })
  it('reads the key of the server', () => {
    expect([...fromBase64Url('BP-_')]).toEqual([4, 255, 191])
  })
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36', 'Chrome', 'Android'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0', 'Edge', 'Windows'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari', 'iOS'],
  ])('%s', (agent, browser, system) => {
    expect(deviceParts(agent)).toEqual({ browser, system })
  })
})
