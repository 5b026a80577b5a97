import type { ReplyRules, Message } from '../protocol/message.ts'
import type { Api } from './api.ts'
import { type ActionError, resultOf } from './action-result.ts'
import type { Environment } from './environment.ts'
import type { InboxState } from './inbox-state.ts'
import { type Draft, localMessage, type OutgoingMessage, type Upload } from './outgoing.ts'
import { resolveRedirect } from './redirects.ts'
import { afterSendFailure, type Failures, noFailures } from './send-policy.ts'
import { type DraftPart, splitDraft } from './split-draft.ts'
import type { Store } from './store.ts'
import type { Uploads } from './uploads.ts'

/**
 * The messages of this page on their way to the journal. Those of one conversation go one after the other, so that
 * they are stored in the order in which they were written; a refused one does not hold up the ones behind it.
 */
export type OutgoingQueue = {
  /** Shows a draft as rows at once and begins to send them; gives their client message ids. */
  send(conversationId: string, draft: Draft): string[]
  /** Tries a refused row again, or one that waits for its next attempt at once. False: it is none of these rows. */
  retry(clientMessageId: string): boolean
  discard(clientMessageId: string): void
  /** The journal has these messages: rows that stood for them go. */
  settle(messages: readonly Message[]): void
  /** The journal was read anew from the beginning: what it stored is in there, or was lost with the old one. */
  forgetStored(): void
  /** A file came to an end: something may be ready to go. */
  pump(): void
  /** The server can be reached again: whatever waits for its next attempt goes now. */
  hurry(): void
  /** Sends as this user. What another user left behind is dropped. */
  start(userId: string): void
  /** Rows stay and go on after the next start. */
  stop(): void
}

type Options = {
  api: Pick<Api, 'sendMessage'>
  environment: Pick<Environment, 'now' | 'setTimer' | 'random' | 'randomId'>
  store: Store<InboxState>
  uploads: Uploads
}

/** What is known of a row beside its state. `attempt` changes with every request, so that a late answer can tell. */
type Attempts = { failures: Failures; attempt: symbol | null; wait: { cancel(): void; canHurry: boolean } | null }

type Running = Options & { attempts: Map<string, Attempts>; owner: string | null; isRunning: boolean }

export function createOutgoingQueue(options: Options): OutgoingQueue {
  const running: Running = { ...options, attempts: new Map(), owner: null, isRunning: false }
  return {
    send: (conversationId, draft) => send(running, conversationId, draft),
    retry: (id) => retry(running, id),
    discard: (id) => drop(running, ({ clientMessageId }) => clientMessageId === id),
    settle: (messages) => settle(running, messages),
    forgetStored: () => drop(running, ({ state }) => state === 'stored'),
    pump: () => pump(running),
    hurry: () => hurry(running),
    start: (userId) => start(running, userId),
    stop: () => stop(running),
  }
}

function rowsOf({ store }: Running): readonly OutgoingMessage[] {
  return store.get().outgoing
}

function find(running: Running, id: string): OutgoingMessage | undefined {
  return rowsOf(running).find(({ clientMessageId }) => clientMessageId === id)
}

function patch(running: Running, id: string, change: Partial<OutgoingMessage>): void {
  const outgoing = rowsOf(running).map((row) => (row.clientMessageId === id ? { ...row, ...change } : row))
  running.store.set({ outgoing })
}

function send(running: Running, conversationId: string, draft: Draft): string[] {
  const { store, uploads } = running
  const added = (draft.files ?? []).map((file) => uploads.add(file))
  const files = [...(draft.uploads ?? []), ...added].flatMap((id) => uploads.get(id) ?? [])
  const parts = splitDraft(draft, files, rulesFor(store.get(), conversationId))
  const rows = parts.map((part) => toRow(running, conversationId, part))
  for (const { clientMessageId } of rows) running.attempts.set(clientMessageId, untried())
  store.set({ outgoing: [...rowsOf(running), ...rows] })
  pump(running)
  return rows.map(({ clientMessageId }) => clientMessageId)
}

const untried = (): Attempts => ({ failures: noFailures, attempt: null, wait: null })

/** What a reply to this conversation may contain; null while that is not known, or where nothing can be sent. */
export function rulesFor(state: InboxState, conversationId: string): ReplyRules | null {
  const id = resolveRedirect(state, conversationId)
  const conversation = state.conversations.find((row) => row.id === id) ?? state.opened?.[id]
  return state.channels.find((channel) => channel.id === conversation?.channel_id)?.reply_rules ?? null
}

function toRow(running: Running, conversationId: string, part: DraftPart): OutgoingMessage {
  const { environment, uploads } = running
  const { uploads: ids, content, replyTo, humanAgent, template, buttons, email } = part
  const body = {
    content,
    ...(replyTo === undefined ? {} : { reply_to: replyTo }),
    ...(template === undefined ? {} : { template }),
    ...(buttons === undefined ? {} : { buttons }),
    ...(humanAgent === true ? { human_agent: true } : {}),
    ...(email === undefined ? {} : { email }),
  }
  const given = { clientMessageId: environment.randomId(), conversationId, body }
  const files = ids.flatMap((id) => uploads.get(id) ?? [])
  const loaded = loadedMessages(running, conversationId)
  // Behind what it answers, also on a machine whose clock is slow.
  const createdAt = Math.max(environment.now(), Date.parse(loaded.at(-1)?.created_at ?? '') || 0)
  const { me } = running.store.get()
  const message = localMessage(given, {
    uploads: files,
    createdAt,
    replyTo: loaded.find(({ id }) => id === replyTo),
    sender: me === null ? null : { external_id: me.user_id, name: me.name },
  })
  return { ...given, state: 'waiting', uploads: ids, message, retryAt: null, error: null }
}

function loadedMessages({ store }: Running, conversationId: string): readonly Message[] {
  return store.get().threads[resolveRedirect(store.get(), conversationId)]?.messages ?? []
}

/** Begins whatever comes next in each conversation. */
function pump(running: Running): void {
  if (!running.isRunning) return
  const busy = new Set<string>()
  for (const row of rowsOf(running)) {
    const conversationId = resolveRedirect(running.store.get(), row.conversationId)
    if (busy.has(conversationId) || row.state === 'stored' || row.state === 'failed') continue
    const isRefused = row.state === 'waiting' && begin(running, row) === 'refused'
    if (!isRefused) busy.add(conversationId)
  }
}

function begin(running: Running, row: OutgoingMessage): 'begun' | 'waits' | 'refused' {
  if (running.attempts.get(row.clientMessageId)?.wait != null) return 'waits'
  const files = row.uploads.flatMap((id) => running.uploads.get(id) ?? [])
  const refused = files.find(({ state }) => state === 'failed')
  if (refused !== undefined) {
    refuse(running, row, refused.error ?? { code: 'unexpected', status: 0, message: 'The file was not uploaded' })
    return 'refused'
  }
  if (files.some(({ state }) => state !== 'ready')) return 'waits'
  void deliver(running, row, files)
  return 'begun'
}

async function deliver(running: Running, row: OutgoingMessage, files: readonly Upload[]): Promise<void> {
  const { clientMessageId: id, conversationId, body } = row
  const attempt = Symbol(id)
  running.attempts.set(id, { failures: running.attempts.get(id)?.failures ?? noFailures, attempt, wait: null })
  patch(running, id, { state: 'sending', retryAt: null })
  const attachments = files.map(({ uploadId, name }) => ({ upload_id: uploadId ?? '', filename: name.slice(0, 255) }))
  const result = await resultOf(
    running.api.sendMessage(resolveRedirect(running.store.get(), conversationId), {
      client_message_id: id,
      ...body,
      ...(attachments.length === 0 ? {} : { attachments }),
    }),
  )
  if (find(running, id) === undefined) return // its event came first, or it was discarded
  if (result.ok) stored(running, row, result.value.message)
  else if (running.attempts.get(id)?.attempt === attempt) failed(running, row, result.error)
  pump(running)
}

function stored(running: Running, row: OutgoingMessage, message: Message): void {
  running.attempts.get(row.clientMessageId)?.wait?.cancel()
  patch(running, row.clientMessageId, { state: 'stored', message, uploads: [], retryAt: null, error: null })
  running.uploads.remove(row.uploads)
}

function failed(running: Running, row: OutgoingMessage, error: ActionError): void {
  const { clientMessageId: id } = row
  const { environment, attempts } = running
  const next = afterSendFailure(error, attempts.get(id)?.failures ?? noFailures, environment.random)
  if (next.kind === 'give_up') return refuse(running, row, error)
  const { failures, delayMs, canHurry } = next
  const cancel = environment.setTimer(() => {
    attempts.set(id, { failures, attempt: null, wait: null })
    pump(running)
  }, delayMs)
  attempts.set(id, { failures, attempt: null, wait: { cancel, canHurry } })
  patch(running, id, { state: 'waiting', retryAt: environment.now() + delayMs, error })
}

function refuse(running: Running, row: OutgoingMessage, error: ActionError): void {
  const reason = { code: error.code, title: error.message, details: null }
  const message: Message = { ...row.message, status: 'failed', error: reason }
  patch(running, row.clientMessageId, { state: 'failed', retryAt: null, error, message })
}

function retry(running: Running, id: string): boolean {
  const row = find(running, id)
  if (row === undefined || row.state === 'stored') return false
  if (row.state === 'sending') return true
  running.attempts.get(id)?.wait?.cancel()
  running.attempts.set(id, untried())
  // A file that the server has forgotten meanwhile has to go once more.
  const isFileGone = row.error?.code.startsWith('upload.') === true
  const message: Message = { ...row.message, status: 'queued', error: null }
  patch(running, id, { state: 'waiting', retryAt: null, error: null, message })
  for (const upload of row.uploads) running.uploads.retry(upload, isFileGone)
  pump(running)
  return true
}

function drop(running: Running, isGone: (row: OutgoingMessage) => boolean): void {
  const gone = rowsOf(running).filter(isGone)
  if (gone.length === 0) return
  for (const { clientMessageId } of gone) {
    running.attempts.get(clientMessageId)?.wait?.cancel()
    running.attempts.delete(clientMessageId)
  }
  running.store.set({ outgoing: rowsOf(running).filter((row) => !gone.includes(row)) })
  running.uploads.remove(gone.flatMap(({ uploads }) => uploads))
  pump(running)
}

function settle(running: Running, messages: readonly Message[]): void {
  if (rowsOf(running).length === 0) return
  const known = new Set(messages.map(({ client_message_id: id }) => id))
  const knownIds = new Set(messages.map(({ id }) => id))
  drop(running, (row) => known.has(row.clientMessageId) || knownIds.has(row.message.id))
}

function hurry(running: Running): void {
  for (const [id, { wait, failures }] of running.attempts) {
    if (wait?.canHurry !== true) continue
    wait.cancel()
    running.attempts.set(id, { failures, attempt: null, wait: null })
  }
  running.uploads.hurry()
  pump(running)
}

function start(running: Running, userId: string): void {
  if (running.owner !== null && running.owner !== userId) {
    drop(running, () => true)
    running.uploads.remove(running.store.get().uploads.map(({ id }) => id))
  }
  running.owner = userId
  running.isRunning = true
  running.uploads.start()
  pump(running)
}

function stop(running: Running): void {
  running.isRunning = false
  running.uploads.stop()
  for (const { clientMessageId: id, state } of rowsOf(running)) {
    running.attempts.get(id)?.wait?.cancel()
    running.attempts.set(id, untried())
    if (state === 'sending' || state === 'waiting') patch(running, id, { state: 'waiting', retryAt: null })
  }
}
