import type { Api } from './api.ts'
import { type ActionError, resultOf } from './action-result.ts'
import type { Environment } from './environment.ts'
import type { InboxState } from './inbox-state.ts'
import { fileTypeOf, type Upload } from './outgoing.ts'
import { afterSendFailure, type Failures, noFailures } from './send-policy.ts'
import type { Store } from './store.ts'

/** Files on their way at the same time; more would only make each of them slower. */
const maxParallel = 3
/** An upload that moves no byte for this long counts as broken off. */
export const stallMs = 60_000

/** The files that were attached and belong to no stored message yet. */
export type Uploads = {
  /** Begins to upload a file and gives the id under which it is in the state. */
  add(file: Blob, name?: string): string
  get(id: string): Upload | undefined
  /** Tries a failed one again; with `afresh` also one that the server had, but has no more. */
  retry(id: string, afresh?: boolean): void
  /** Lets files go, whatever their state. */
  remove(ids: readonly string[]): void
  /** Does not wait any longer for the next attempts. */
  hurry(): void
  start(): void
  stop(): void
}

type Options = {
  api: Pick<Api, 'upload'>
  environment: Pick<Environment, 'setTimer' | 'random' | 'randomId'>
  store: Store<InboxState>
  /** A file came to an end, good or bad. */
  onSettled(): void
}

/** What is known of an upload beside its state: how to end what is under way, and how often it failed. */
type Attempt = { failures: Failures; wait: Wait | null; abort: AbortController | null }
type Wait = { cancel(): void; canHurry: boolean }

type Running = Options & { attempts: Map<string, Attempt>; isRunning: boolean }

export function createUploads(options: Options): Uploads {
  const running: Running = { ...options, attempts: new Map(), isRunning: true }
  return {
    get: (id) => find(running, id),
    add: (file, name) => add(running, file, name),
    retry(id, afresh = false) {
      const state = find(running, id)?.state
      if (state === 'failed' || (afresh && state === 'ready')) begin(running, id)
    },
    remove: (ids) => remove(running, ids),
    hurry() {
      for (const [id, { wait }] of running.attempts) if (wait?.canHurry === true) end(running, id)
      pump(running)
    },
    start() {
      running.isRunning = true
      pump(running)
    },
    stop: () => stop(running),
  }
}

function find({ store }: Running, id: string): Upload | undefined {
  return store.get().uploads.find((upload) => upload.id === id)
}

function patch({ store }: Running, id: string, change: Partial<Upload>): void {
  store.set({ uploads: store.get().uploads.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)) })
}

function add(running: Running, file: Blob, name: string | undefined): string {
  const id = running.environment.randomId()
  running.store.set({ uploads: [...running.store.get().uploads, describe(id, file, name)] })
  begin(running, id)
  return id
}

function begin(running: Running, id: string): void {
  end(running, id)
  running.attempts.set(id, { failures: noFailures, wait: null, abort: null })
  patch(running, id, { state: 'waiting', sent: 0, uploadId: null, error: null })
  pump(running)
}

/** Ends what is under way; how often it failed stays known. */
function end({ attempts }: Running, id: string): void {
  const attempt = attempts.get(id)
  attempt?.wait?.cancel()
  attempts.set(id, { failures: attempt?.failures ?? noFailures, wait: null, abort: null })
  attempt?.abort?.abort()
}

function remove(running: Running, ids: readonly string[]): void {
  if (ids.length === 0) return
  for (const id of ids) {
    end(running, id)
    running.attempts.delete(id)
  }
  running.store.set({ uploads: running.store.get().uploads.filter(({ id }) => !ids.includes(id)) })
  pump(running)
}

function stop(running: Running): void {
  running.isRunning = false
  for (const { id, state } of running.store.get().uploads) {
    end(running, id)
    if (state === 'uploading') patch(running, id, { state: 'waiting', sent: 0 })
  }
}

/** Begins as many uploads as may run at the same time. */
function pump(running: Running): void {
  if (!running.isRunning) return
  const { uploads } = running.store.get()
  const free = maxParallel - uploads.filter(({ state }) => state === 'uploading').length
  const isNext = ({ id, state }: Upload): boolean => state === 'waiting' && running.attempts.get(id)?.wait === null
  for (const upload of uploads.filter(isNext).slice(0, Math.max(0, free))) void run(running, upload)
}

async function run(running: Running, upload: Upload): Promise<void> {
  const { id, size } = upload
  const abort = new AbortController()
  const failures = running.attempts.get(id)?.failures ?? noFailures
  running.attempts.set(id, { failures, wait: null, abort })
  patch(running, id, { state: 'uploading', sent: 0, error: null })
  const result = await sendFile(running, upload, abort)
  if (running.attempts.get(id)?.abort !== abort) return // removed, stopped, or begun anew
  if (result.ok) patch(running, id, { state: 'ready', sent: size, uploadId: result.value.upload_id })
  else failed(running, id, result.error)
  pump(running)
  running.onSettled()
}

function failed(running: Running, id: string, error: ActionError): void {
  const { attempts, environment } = running
  const next = afterSendFailure(error, attempts.get(id)?.failures ?? noFailures, environment.random)
  if (next.kind === 'give_up') return patch(running, id, { state: 'failed', error })
  const { failures, delayMs, canHurry } = next
  const cancel = environment.setTimer(() => {
    attempts.set(id, { failures, wait: null, abort: null })
    pump(running)
  }, delayMs)
  attempts.set(id, { failures, wait: { cancel, canHurry }, abort: null })
  patch(running, id, { state: 'waiting', sent: 0 })
}

/** Sends a file; one that stands still for too long counts as broken off. */
async function sendFile(running: Running, { id, file, size }: Upload, abort: AbortController) {
  const { api, environment } = running
  const armStall = (): (() => void) => environment.setTimer(() => abort.abort(), stallMs)
  let cancelStall = armStall()
  let shown = 0
  const onProgress = (sent: number): void => {
    cancelStall()
    if (abort.signal.aborted) return
    cancelStall = armStall()
    // Whole hundredths are enough to look at, and the page draws for each.
    const step = Math.floor((sent / Math.max(1, size)) * 100)
    if (step <= shown) return
    shown = step
    patch(running, id, { sent: Math.min(sent, size) })
  }
  const result = await resultOf(api.upload(file, { onProgress, signal: abort.signal }))
  cancelStall()
  return result
}

function describe(id: string, file: Blob, given: string | undefined): Upload {
  const name = given ?? (file instanceof File ? file.name : '')
  const mimeType = file.type === '' ? 'application/octet-stream' : file.type
  const kind = { type: fileTypeOf(mimeType), mimeType, size: file.size, name: name === '' ? 'file' : name }
  return { id, file, ...kind, sent: 0, state: 'waiting', uploadId: null, error: null }
}
