import { readCall } from './call.ts'
import { invalid } from './errors.ts'
import { addFault, connectionLost, limitOf, type RateLimit, refusalOf, takeFault } from './faults.ts'
import { addFile, cdnUrl, fileResponse, type NewFile } from './media.ts'
import { observe } from './observe.ts'
import { locate, route } from './routes.ts'
import { addAccount, createState, type GraphState, pairOf } from './state.ts'
import type {
  Answer,
  FakeAccount,
  FakeCustomer,
  FakeGraphOptions,
  GraphAction,
  GraphCall,
  GraphError,
  Json,
  SentMessage,
  StoredFile,
  When,
} from './types.ts'
import { announce } from './webhooks.ts'

export type FakeGraph = {
  /** Answers as graph.facebook.com, graph.instagram.com and the hosts of their files would. Rejects where the connection fails. */
  handle: (request: Request) => Promise<Response>
  /** The same as a `fetch`, which also ends when its signal says so. */
  fetch: typeof fetch
  /** Every message that was accepted, once, in order. */
  sent: readonly SentMessage[]
  actions: readonly GraphAction[]
  calls: readonly GraphCall[]
  addAccount: (account: FakeAccount) => void
  /** Somebody whose profile can be seen, unless they have no name. */
  addCustomer: (accountId: string, customer: FakeCustomer) => void
  /** A file that a customer sent: its id (WhatsApp) or its address (the others) goes into a webhook. */
  addMedia: (accountId: string, file: NewFile) => StoredFile
  /** A fresh address of a file, as every webhook and every look at a message gives one. */
  urlOf: (file: StoredFile) => string
  removeMedia: (id: string) => void
  /** Learns from a webhook, which the caller delivers or loses. */
  observe: (delivery: unknown) => void
  /** The customer last wrote at `at`: opens and closes the window. */
  hear: (accountId: string, customerId: string, at: number) => void
  revokeToken: (token: string) => void
  expireToken: (token: string) => void
  /** The next calls are refused, and do nothing. */
  fail: (error: GraphError & When) => void
  limit: (limit: RateLimit) => void
  /** The next sends are accepted, and their senders never hear of it. */
  loseAnswer: (times?: number, match?: When['match']) => void
  /** The next calls fail before anything was done. */
  loseRequest: (times?: number, match?: When['match']) => void
  /** The next calls are done, or not, and answered by a page of a broken proxy. */
  garble: (when?: When & { isDone?: boolean; status?: number }) => void
  /** The next calls are done, or not, and never answered. */
  hang: (when?: When & { isDone?: boolean }) => void
  /** What webhooks met that could not be delivered. */
  deliveryErrors: readonly unknown[]
  /** Resolves when every webhook of every send so far has been delivered. */
  settled: () => Promise<void>
}

const isSend = ({ kind }: GraphCall) => kind === 'send'

function responseOf({ status, body, headers }: Answer): Response {
  if (typeof body === 'string') return new Response(body, { status, headers: { 'content-type': 'text/html' } })
  const common = { 'content-type': 'application/json; charset=UTF-8', 'x-fb-trace-id': 'fake', ...headers }
  return new Response(JSON.stringify(body), { status, headers: common })
}

async function handle(state: GraphState, request: Request): Promise<Response> {
  const call = await readCall(request)
  if (call === null) return responseOf(invalid('The body could not be read'))
  locate(state, call)
  state.calls.push(call)
  if (state.options.latencyMs > 0) await state.options.sleep(state.options.latencyMs)
  const early = takeFault(state, call, 'before')
  if (early !== undefined) return responseOf(await early.act(call))
  if (call.kind === 'file') return fileResponse(state, call)
  const { answer, sent } = await route(state, call)
  if (sent !== undefined) await announce(state, sent)
  const late = answer.status === 200 ? takeFault(state, call, 'after') : undefined
  return responseOf(late === undefined ? answer : await late.act(call))
}

/** A rejection as soon as the signal says so, as that of the real `fetch`. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

const hosts = new Set(['graph.facebook.com', 'graph.instagram.com', 'localhost', '127.0.0.1'])

/** Whatever else is asked is no business of this fake: as if there were no such host. */
function isOurs(state: GraphState, url: URL): boolean {
  return hosts.has(url.hostname) || url.host === new URL(state.options.fileOrigin).host
}

function fetchOf(state: GraphState): typeof fetch {
  return async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    // Node wants to be told that a streamed body is sent before the answer is read; elsewhere it changes nothing.
    const request = new Request(input, { duplex: 'half', ...init } as RequestInit)
    if (!isOurs(state, new URL(request.url))) throw new TypeError(`${new URL(request.url).host} is not Meta’s`)
    return Promise.race([handle(state, request), abortOf(init.signal ?? request.signal)])
  }
}

/**
 * A Graph API of our own that speaks the shapes Meta documents, for tests and for the demo. It runs in workerd and in
 * Node; clock, chance and waiting are options. Nobody's data but what it was given, nothing kept.
 */
export function createFakeGraph(options: FakeGraphOptions = {}): FakeGraph {
  const state = createState(options)
  for (const account of options.accounts ?? []) addAccount(state, account)
  const { sent, actions, calls, deliveryErrors } = state
  return {
    handle: (request) => handle(state, request),
    fetch: fetchOf(state),
    ...{ sent, actions, calls, deliveryErrors },
    ...knowledgeOf(state),
    ...controlsOf(state),
    settled: async () => {
      while (state.pending.size > 0) await Promise.all(state.pending)
    },
  }
}

type Knowledge = Pick<
  FakeGraph,
  | 'addAccount'
  | 'addCustomer'
  | 'addMedia'
  | 'urlOf'
  | 'removeMedia'
  | 'observe'
  | 'hear'
  | 'revokeToken'
  | 'expireToken'
>

function knowledgeOf(state: GraphState): Knowledge {
  return {
    addAccount: (account) => addAccount(state, account),
    addCustomer: (accountId, customer) => {
      state.customers.set(pairOf(accountId, customer.id), customer)
    },
    addMedia: (accountId, file) => addFile(state, accountId, file),
    urlOf: (file) => cdnUrl(state, file),
    removeMedia: (id) => {
      const media = state.media.get(id)
      if (media !== undefined) media.isGone = true
    },
    observe: (delivery) => observe(state, delivery),
    hear: (accountId, customerId, at) => {
      state.heard.set(pairOf(accountId, customerId), at)
    },
    revokeToken: (token) => {
      const row = state.tokens.get(token)
      if (row !== undefined) row.isRevoked = true
    },
    expireToken: (token) => {
      const row = state.tokens.get(token)
      if (row !== undefined) row.expiresAt = state.options.now()
    },
  }
}

type Controls = Pick<FakeGraph, 'fail' | 'limit' | 'loseAnswer' | 'loseRequest' | 'garble' | 'hang'>

function controlsOf(state: GraphState): Controls {
  const garbled: Json | string = '<html><body>502 Bad Gateway</body></html>'
  return {
    fail: ({ times, match, ...error }) =>
      addFault(state, { ...when(times, match), phase: 'before', act: refusalOf(state, error) }),
    limit: (limit) =>
      addFault(state, { ...when(limit.times, limit.match), phase: 'before', act: limitOf(state, limit) }),
    loseAnswer: (times, match = isSend) =>
      addFault(state, { ...when(times, match), phase: 'after', act: connectionLost }),
    loseRequest: (times, match) => addFault(state, { ...when(times, match), phase: 'before', act: connectionLost }),
    garble: ({ times, match, isDone = true, status = 502 } = {}) =>
      addFault(state, {
        ...when(times, match ?? isSend),
        phase: isDone ? 'after' : 'before',
        act: async () => ({ status, body: garbled }),
      }),
    hang: ({ times, match, isDone = true } = {}) =>
      addFault(state, {
        ...when(times, match ?? isSend),
        phase: isDone ? 'after' : 'before',
        act: () => new Promise<Answer>(() => undefined),
      }),
  }
}

function when(times: number | undefined, match: When['match']): When {
  return { ...(times === undefined ? {} : { times }), ...(match === undefined ? {} : { match }) }
}
