import type { Api } from '../../src/client/api.ts'
import type { SocketRequest } from '../../src/client/environment.ts'
import type { NetworkEvent } from '../../src/client/network-events.ts'
import { InboxSocket } from '../../src/client/socket.ts'
import { type FarEnd, type Link, openLink } from './bridge.ts'
import type { ClientAction } from './plan.ts'
import type { Random } from './random.ts'
import type { ClientRecord } from './record.ts'
import type { VirtualClock } from './virtual-clock.ts'

type ModelClientOptions = {
  name: string
  tenant: number
  userId: string
  platforms: readonly ('whatsapp' | 'telegram')[] | null
  feed: ClientRecord['feed']
  random: Random
  clock: VirtualClock
  api: Pick<Api, 'events' | 'ticket'>
  upgrade(request: SocketRequest): Promise<FarEnd | null>
}

/** A page with the real SDK in it, on a network and a clock that the history moves. */
export type ModelClient = {
  record: ClientRecord
  userId: string
  act(action: Exclude<ClientAction, 'reuse_ticket'>): void
  /** Looked at again, connected again, and told so. */
  wakeUp(): void
  close(): void
  /** Whatever the hub has sent on open links has arrived. */
  barrier(): Promise<void>
  isSettledAt(head: number): boolean
  /** The last request that was welcomed, ticket and all. */
  usedRequest(): SocketRequest | null
  cursor(): number | null
}

const baseUrl = 'http://localhost'
/** Longer than a ticket lasts. */
const ticketLifeMs = 31_000

export function createModelClient(options: ModelClientOptions): ModelClient {
  const { name, tenant, userId, platforms, feed, clock, api } = options
  const record: ClientRecord = {
    ...{ name, tenant, userId, feed, platforms, start: null, cursor: null, calmCursor: null, state: '', excuses: 0 },
    ...{ applied: [], told: [], connections: [], stops: [], errors: [] },
  }
  const page = { isOnline: true, isHidden: false, isFrozen: false, isOpen: true, expiresTicket: false }
  const owner = { isAwake: () => !page.isFrozen }
  const listeners = new Set<(event: NetworkEvent) => void>()
  const links: Link[] = []
  const requests = new Map<Link, SocketRequest>()

  const socket = new InboxSocket({
    baseUrl,
    userId,
    credential: { getTicket },
    feed,
    fetchEvents: (since, limit) => api.events(since, limit, feed === 'notifications' ? feed : undefined),
    filter: platforms === null ? null : { platforms: [...platforms] },
    environment: {
      now: clock.now,
      setTimer: (callback, delayMs) => clock.setTimer(owner, callback, delayMs),
      random: options.random.next,
      randomId: () => crypto.randomUUID(),
      openWebSocket(request) {
        const link = openLink(request, options.upgrade)
        links.push(link)
        requests.set(link, request)
        record.connections.push(link.record)
        return link.socket
      },
      isOnline: () => page.isOnline,
      isHidden: () => page.isHidden,
      onNetworkEvent(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      reportError: (error) => void record.errors.push(String(error)),
    },
  })
  socket.onEvent((event) => {
    record.applied.push({ seq: event.seq, type: event.type })
    if (event.type === 'notification') record.told.push(JSON.stringify(event))
  })
  socket.onReset((reason) => record.errors.push(`reset: ${reason}`))
  socket.onError(({ code }) => record.errors.push(code))
  socket.onState((state) => {
    record.state = state.kind
    record.start ??= socket.cursor?.seq ?? null
    if (state.kind === 'stopped' && state.code !== null) {
      record.stops.push(state.code)
      page.isOpen = false
    }
  })

  async function getTicket(): Promise<string> {
    const { ticket } = await api.ticket()
    if (page.expiresTicket) {
      page.expiresTicket = false
      clock.jumpServer(ticketLifeMs)
      record.excuses += 1
    }
    return ticket
  }
  const fire = (event: NetworkEvent): void => {
    for (const listener of [...listeners]) listener(event)
  }
  const link = (): Link | undefined => links.at(-1)
  const open = (): void => {
    page.isOpen = true
    socket.open()
  }
  const thaw = (): void => {
    if (!page.isFrozen) return
    page.isFrozen = false
    fire('resume')
  }
  const goOnline = (): void => {
    page.isOnline = true
    fire('online')
  }
  const setHidden = (isHidden: boolean): void => {
    page.isHidden = isHidden
    fire(isHidden ? 'hidden' : 'visible')
  }

  function act(action: Exclude<ClientAction, 'reuse_ticket'>): void {
    switch (action) {
      case 'cut':
        return link()?.cut()
      case 'stall':
        return link()?.stall()
      case 'unstall':
        return link()?.unstall()
      case 'lose_frame':
        return link()?.loseNext()
      case 'go_dead':
        return link()?.goDead()
      case 'hide':
        return setHidden(true)
      case 'show':
        return setHidden(false)
      case 'freeze':
        fire('freeze')
        page.isFrozen = true
        return
      case 'resume':
        return thaw()
      case 'go_offline':
        page.isOnline = false
        return fire('offline')
      case 'go_online':
        return goOnline()
      case 'close':
        page.isOpen = false
        return socket.close()
      case 'open':
        return open()
      case 'expire_ticket':
        page.expiresTicket = true
    }
  }

  open()
  return {
    record,
    userId,
    act,
    wakeUp() {
      page.expiresTicket = false
      for (const one of links) one.mend()
      for (const one of links) one.bury()
      thaw()
      if (!page.isOnline) goOnline()
      if (page.isHidden) setHidden(false)
      if (!page.isOpen) open()
    },
    close: () => socket.close(),
    async barrier() {
      await Promise.all(links.map((one) => one.barrier()))
    },
    isSettledAt: (head) => socket.state.kind === 'live' && socket.cursor?.seq === head,
    usedRequest() {
      const welcomed = links.findLast(({ record: { frames } }) => frames[0]?.startsWith('{"type":"ready"') === true)
      return welcomed === undefined ? null : (requests.get(welcomed) ?? null)
    },
    cursor: () => socket.cursor?.seq ?? null,
  }
}
