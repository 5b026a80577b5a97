import type { EventPage } from '../../src/protocol/api.ts'
import type { JournalEvent } from '../../src/protocol/frames.ts'
import type { ConnectionState } from '../../src/client/inbox-state.ts'
import { InboxSocket, type InboxSocketOptions } from '../../src/client/socket.ts'
import { epoch, eventPage, newMessage, ready, userId } from './builders.ts'
import { createFakeEnvironment, type FakeEnvironment, settle } from './fake-environment.ts'

export type Setup = {
  environment: FakeEnvironment
  socket: InboxSocket
  seqs: number[]
  states: ConnectionState[]
  resets: string[]
  /** The `since` of every call for missed events. */
  fetches: number[]
  tickets: string[]
}

type SetupOptions = Partial<InboxSocketOptions> & {
  environment?: FakeEnvironment
  /** The end of the journal that `GET /events` reads. */
  head?: () => number
}

/** A journal of one new message per number, read in pages of 3. */
export function readJournal(since: number, head: number): EventPage {
  const count = Math.min(3, Math.max(0, head - since))
  const events: JournalEvent[] = Array.from({ length: count }, (_, index) => newMessage(since + index + 1))
  return eventPage(events, since, { more: since + count < head })
}

export function setUp(options: SetupOptions = {}): Setup {
  const environment = options.environment ?? createFakeEnvironment()
  const log = {
    seqs: [] as number[],
    states: [] as ConnectionState[],
    resets: [] as string[],
    fetches: [] as number[],
    tickets: [] as string[],
  }
  const { head = () => 0, ...given } = options
  const socket = new InboxSocket({
    baseUrl: 'https://inbox.example',
    userId,
    credential: {
      async getTicket() {
        log.tickets.push(`t${log.tickets.length + 1}`)
        return log.tickets.at(-1) ?? ''
      },
    },
    async fetchEvents(since) {
      log.fetches.push(since)
      return readJournal(since, head())
    },
    ...given,
    environment,
  })
  socket.onEvent((event) => log.seqs.push(event.seq))
  socket.onState((state) => log.states.push(state))
  socket.onReset((reason) => log.resets.push(reason))
  return { environment, socket, ...log }
}

/** Connected and live, with everything up to `seq` seen. */
export async function setUpLive(seq: number, options: SetupOptions = {}): Promise<Setup> {
  const setup = setUp({ cursor: { seq, epoch }, ...options })
  setup.socket.open()
  await comeUp(setup, seq)
  return setup
}

/** The server's side of a connection that is being opened. */
export async function comeUp(setup: Setup, seq: number): Promise<void> {
  await settle()
  setup.environment.socket().accept()
  setup.environment.socket().receive(ready(seq))
  await settle()
}
