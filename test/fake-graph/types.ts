export type Json = Record<string, unknown>
export type MetaPlatform = 'whatsapp' | 'facebook' | 'instagram'

/** A token as text never expires. Times in epoch ms. */
export type FakeToken = string | { value: string; issuedAt?: number; expiresAt?: number; scopes?: string[] }

export type FakeTemplate = {
  name: string
  language: string
  category?: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION'
  status?: 'APPROVED' | 'PENDING' | 'REJECTED' | 'PAUSED'
  components: Json[]
}

/** A WhatsApp number. `id`: phone_number_id, `accountId`: the WhatsApp Business Account. */
export type WhatsAppAccount = {
  platform: 'whatsapp'
  id: string
  accountId: string
  token: FakeToken
  displayPhoneNumber?: string
  name?: string
  templates?: FakeTemplate[]
  /** Replaces fields of the phone number: `quality_rating`, `status`, … */
  phone?: Json
  subscribedApps?: string[]
}
export type FacebookAccount = {
  platform: 'facebook'
  id: string
  token: FakeToken
  name?: string
  subscribedFields?: string[]
}
/**
 * `login: 'instagram'`: an Instagram user's token for graph.instagram.com, where `appScopedId` is what `/me` calls `id`.
 * `login: 'page'`: the token of the Facebook page `pageId`, for graph.facebook.com.
 */
export type InstagramAccount = {
  platform: 'instagram'
  id: string
  token: FakeToken
  username?: string
  name?: string
  subscribedFields?: string[]
} & ({ login: 'instagram'; appScopedId?: string } | { login: 'page'; pageId: string })
export type FakeAccount = WhatsAppAccount | FacebookAccount | InstagramAccount

/** Somebody who writes to an account; without a name their profile is refused, as it is without consent. */
export type FakeCustomer = { id: string; name?: string; username?: string; pictureUrl?: string }

export type StoredFile = {
  id: string
  bytes: Uint8Array<ArrayBuffer>
  mimeType: string
  filename: string | null
  /** In hex, as GET of a media id gives it; webhooks carry it in base64. */
  sha256: string
  sha256Base64: string
  /** Where the bytes lie for a few hours: what Messenger and Instagram put into their webhooks. */
  url: string
  /** Removed, by its sender or by the API. */
  isGone: boolean
}

/** A message that was accepted: it counts once however often its answer was lost. */
export type SentMessage = {
  platform: MetaPlatform
  accountId: string
  /** The platform's own id of it: `wamid…`, `m_…`. */
  messageId: string
  /** Digits, a business-scoped id, a group id; PSID; IGSID. */
  to: string
  at: number
  type: string
  /** The text, or the caption of a file. */
  text: string | null
  /** `biz_opaque_callback_data`, `metadata`. */
  reference: string | null
  replyTo: string | null
  files: StoredFile[]
  tag: string | null
  /** A business-scoped id in `to`: answered with an id, and never seen by anybody. */
  isVanished: boolean
  /** The request's body as it came. */
  body: Json
}

/** What was asked apart from messages: a reaction (no emoji takes it back), a read mark, a sign of typing. */
export type GraphAction = {
  kind: 'react' | 'mark_read' | 'typing'
  platform: MetaPlatform
  accountId: string
  to: string | null
  targetId: string | null
  emoji: string | null
  at: number
}

export type CallKind =
  | 'send'
  | 'react'
  | 'mark_read'
  | 'typing'
  | 'upload'
  | 'media'
  | 'file'
  | 'templates'
  | 'account'
  | 'profile'
  | 'subscriptions'
  | 'conversations'
  | 'message'
  | 'debug_token'
  | 'refresh_token'
  | 'unknown'

export type UploadedFile = { field: string; filename: string; mimeType: string; bytes: Uint8Array<ArrayBuffer> }

/** One request, read. `path` is without the version. */
export type GraphCall = {
  kind: CallKind
  method: string
  url: string
  api: 'facebook' | 'instagram'
  version: string | null
  path: string[]
  query: URLSearchParams
  token: string | null
  tokenIn: 'header' | 'query' | 'body' | null
  /** The body's fields; those of a form that hold JSON are read. */
  body: Json
  files: UploadedFile[]
  /** The account whose node was addressed, and whom a message was for. */
  accountId: string | null
  to: string | null
}

export type Answer = { status: number; body: unknown; headers?: Record<string, string> }

export type GraphError = {
  code: number
  subcode?: number
  message?: string
  /** WhatsApp's `error_data.details`. */
  details?: string
  httpStatus?: number
  isTransient?: boolean
  headers?: Record<string, string>
}

/** Which calls something happens to, and to how many of them (one unless told). */
export type When = { times?: number; match?: (call: GraphCall) => boolean }

export type PlannedWebhook = {
  what: 'sent' | 'delivered' | 'read' | 'failed' | 'echo'
  /** Counted from the acceptance; 0 unless told. */
  afterMs?: number
  /** Arrives while the sender still waits for its answer. */
  beforeAnswer?: boolean
  /** How often it arrives: Meta delivers at least once. */
  copies?: number
  /** Why, when it `failed`. */
  error?: { code: number; title: string; details?: string }
}

export type FakeGraphOptions = {
  accounts?: FakeAccount[]
  now?: () => number
  random?: () => number
  sleep?: (ms: number) => Promise<void>
  /** Takes the webhooks that a send causes, in Meta's shapes. */
  deliver?: (delivery: Json, platform: MetaPlatform) => Promise<void>
  /** Which webhooks a message causes, and when. */
  plan?: (sent: SentMessage) => PlannedWebhook[]
  /** How long every answer takes. */
  latencyMs?: number
  /** Where addresses of files point to, without a slash at the end. */
  fileOrigin?: string
  /** How long the address of a WhatsApp file is good for; Meta's five minutes. */
  mediaUrlMs?: number
  /** The same for the addresses in webhooks of Messenger and Instagram. */
  cdnUrlMs?: number
  /** Fetches files that are sent by their address; without it they are taken unseen. */
  fetch?: (url: string) => Promise<Response>
  /** How long after a customer's message an answer may be free in form. */
  windowMs?: number
  /** Whether a closed window shows in the answer or, as WhatsApp also does, in a `failed` status after it. */
  closedWindow?: 'answer' | 'status'
  /** The Meta app. Its secret checks `appsecret_proof`. */
  app?: { id: string; name: string; secret?: string }
}
