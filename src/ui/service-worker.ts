import { openClicked, showPush, subscribeAgain, type WorkerScope } from './push-worker.ts'

// Built by itself into /sw.js. It has no `fetch` listener: the page comes from the server, always.

type Waiting = { waitUntil(work: Promise<unknown>): void }
type WorkerEvents = {
  install: Waiting
  activate: Waiting
  push: Waiting & { data: { text(): string } | null }
  notificationclick: Waiting & { notification: { data: unknown; close(): void } }
  pushsubscriptionchange: Waiting & { oldSubscription?: { options?: PushSubscriptionOptions } | null }
}
type Scope = Omit<WorkerScope, 'fetch'> & {
  addEventListener<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => void): void
  skipWaiting(): Promise<void>
}

const scope = globalThis as unknown as Scope
const world: WorkerScope = {
  location: scope.location,
  registration: scope.registration,
  clients: scope.clients,
  fetch: (path, init) => fetch(path, { credentials: 'same-origin', ...init }),
}

// Another language is another address of this script: it takes over at once, there is nothing to wait for.
scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()))
scope.addEventListener('push', (event) => event.waitUntil(showPush(world, event.data?.text() ?? '')))
scope.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(openClicked(world, event.notification.data))
})
scope.addEventListener('pushsubscriptionchange', (event) =>
  event.waitUntil(subscribeAgain(world, event.oldSubscription ?? null)),
)
