import type {
  Answer,
  FakeAccount,
  FakeCustomer,
  FakeGraphOptions,
  GraphAction,
  GraphCall,
  MetaPlatform,
  SentMessage,
  StoredFile,
  When,
} from './types.ts'

export type TokenRow = {
  /** What it opens: a page's token opens the Instagram account connected to the page as well. */
  accounts: FakeAccount[]
  issuedAt: number
  expiresAt: number | null
  scopes: string[] | null
  isRevoked: boolean
}

/** One message of the Conversations API. */
export type HistoryMessage = {
  id: string
  at: number
  isFromCustomer: boolean
  text: string
  replyTo: string | null
  files: { type: string; url: string; mimeType: string | null; name: string | null; size: number | null }[]
}
export type Conversation = {
  id: string
  platform: MetaPlatform
  accountId: string
  customerId: string
  messages: HistoryMessage[]
}

export type Fault = Required<When> & {
  /** Before the request is looked at, or after it was done: then its effect stands. */
  phase: 'before' | 'after'
  act: (call: GraphCall) => Promise<Answer>
}

export type Media = StoredFile & { accountId: string }

/** Options that stand for nothing where they are absent. */
type Absent = 'deliver' | 'fetch' | 'plan'

export type GraphState = {
  options: Required<Omit<FakeGraphOptions, 'accounts' | Absent>> & { [K in Absent]: FakeGraphOptions[K] | undefined }
  accounts: FakeAccount[]
  tokens: Map<string, TokenRow>
  customers: Map<string, FakeCustomer>
  /** When a customer last wrote, by account and customer. */
  heard: Map<string, number>
  media: Map<string, Media>
  conversations: Map<string, Conversation>
  sent: SentMessage[]
  actions: GraphAction[]
  calls: GraphCall[]
  faults: Fault[]
  pending: Set<Promise<void>>
  deliveryErrors: unknown[]
  count: number
  /** Tells the ids of two fakes over one database apart. */
  series: string
}

const dayMs = 86_400_000

export function createState(given: FakeGraphOptions): GraphState {
  const random = given.random ?? Math.random
  return {
    options: {
      now: given.now ?? Date.now,
      random,
      sleep: given.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
      deliver: given.deliver,
      plan: given.plan,
      fetch: given.fetch,
      latencyMs: given.latencyMs ?? 0,
      fileOrigin: given.fileOrigin ?? 'https://lookaside.fbsbx.com',
      mediaUrlMs: given.mediaUrlMs ?? 300_000,
      cdnUrlMs: given.cdnUrlMs ?? dayMs,
      windowMs: given.windowMs ?? dayMs,
      closedWindow: given.closedWindow ?? 'answer',
      app: given.app ?? { id: '990000000000099', name: 'Edge Inbox' },
    },
    accounts: [],
    tokens: new Map(),
    customers: new Map(),
    heard: new Map(),
    media: new Map(),
    conversations: new Map(),
    sent: [],
    actions: [],
    calls: [],
    faults: [],
    pending: new Set(),
    deliveryErrors: [],
    count: 0,
    series: String(Math.floor(random() * 9e7) + 1e7),
  }
}

/** A number that this fake gives only once: unlike in two runs, rising within one. */
export function nextNumber(state: GraphState): string {
  state.count += 1
  return `${state.series}${String(state.count).padStart(6, '0')}`
}

/** A message id in the platform's own form. */
export function nextMessageId(state: GraphState, platform: MetaPlatform): string {
  const code = btoa(`${platform}:${nextNumber(state)}`).replace(/=+$/, '')
  switch (platform) {
    case 'whatsapp':
      return `wamid.HBg${code}AA==`
    case 'facebook':
      return `m_${code}`
    case 'instagram':
      return `aWdfZAG1faXRlbToxOk${code}ZD`
  }
}

export const pairOf = (accountId: string, customerId: string) => `${accountId} ${customerId}`

export function addAccount(state: GraphState, account: FakeAccount): void {
  state.accounts.push(account)
  const { token } = account
  const given = typeof token === 'string' ? { value: token } : token
  const known = state.tokens.get(given.value)
  if (known !== undefined) return void known.accounts.push(account)
  state.tokens.set(given.value, {
    accounts: [account],
    issuedAt: given.issuedAt ?? state.options.now() - 2 * dayMs,
    expiresAt: given.expiresAt ?? null,
    scopes: given.scopes ?? null,
    isRevoked: false,
  })
}

/**
 * Whether the customer wrote within `spanMs`. One that this fake never heard of counts as having just written, so that
 * whoever does not care about windows need not open any.
 */
export function isHeardWithin(state: GraphState, pair: string, spanMs: number): boolean {
  const at = state.heard.get(pair)
  return at === undefined || state.options.now() - at < spanMs
}

/** The conversation of a customer with an account, begun where there is none. */
export function conversationOf(
  state: GraphState,
  { platform, accountId, customerId }: Pick<Conversation, 'platform' | 'accountId' | 'customerId'>,
): Conversation {
  const pair = pairOf(accountId, customerId)
  const known = state.conversations.get(pair)
  if (known !== undefined) return known
  const begun = { id: `t_${nextNumber(state)}`, platform, accountId, customerId, messages: [] }
  state.conversations.set(pair, begun)
  return begun
}

/** Puts a message where it belongs by its time; one that is there already stays as it is. */
export function remember(conversation: Conversation, message: HistoryMessage): void {
  if (conversation.messages.some(({ id }) => id === message.id)) return
  conversation.messages.push(message)
  conversation.messages.sort((a, b) => a.at - b.at)
}
