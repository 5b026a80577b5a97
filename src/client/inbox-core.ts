import type { Api } from './api.ts'
import type { View } from './apply-event.ts'
import type { Cursor } from './cursor.ts'
import type { Environment } from './environment.ts'
import type { InboxState } from './inbox-state.ts'
import type { Loads } from './loads.ts'
import type { OutgoingQueue } from './outgoing-queue.ts'
import type { InboxSocket } from './socket.ts'
import type { Store } from './store.ts'
import type { ViewPositions } from './view-positions.ts'

/** What the inbox needs of a socket; `InboxSocket` has it. */
export type InboxConnection = Pick<
  InboxSocket,
  'cursor' | 'onEvent' | 'onEphemeral' | 'onState' | 'onReset' | 'open' | 'close' | 'setCursor' | 'sendTyping'
>

/** What the parts of one inbox share. */
export type InboxCore = {
  api: Api
  environment: Environment
  store: Store<InboxState>
  views: ViewPositions
  socket: InboxConnection | null
  outgoing: OutgoingQueue
  /** The journal's epoch as of the last full load; null before. */
  epoch: string | null
  /** Loads everything again, quietly: the journal is another one than the rows on show came from. */
  reload(): void
  loads: Loads
}

export const initialState: InboxState = {
  connection: { kind: 'connecting', attempt: 0, retryAt: null },
  me: null,
  query: {},
  conversations: [],
  conversationsCursor: null,
  conversationsLoading: false,
  conversationsError: null,
  threads: {},
  channels: [],
  online: [],
  typing: [],
  outgoing: [],
  uploads: [],
  opened: {},
  notes: {},
  redirects: {},
}

/** Puts freshly loaded rows, which are in the store already, at their place in the journal. */
export function installView(core: InboxCore, view: View, reading: { as_of: number; epoch: string }): void {
  const cursor: Cursor = { seq: reading.as_of, epoch: reading.epoch }
  if (core.epoch !== null && core.epoch !== reading.epoch) return core.reload()
  core.epoch ??= reading.epoch
  if (!core.views.install(view, reading.as_of)) core.socket?.setCursor(cursor)
}

/** An error as a state field shows it: the sentence for people. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong'
}
