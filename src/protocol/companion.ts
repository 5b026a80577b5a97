import { z } from 'zod'
import { MessageError } from './message.ts'
import { ChannelState, ExternalId, MessageType, Platform, Timestamp, Uuid } from './words.ts'

/**
 * What the companion and the Worker say to each other, beside `broadcast-message`, `uploads` and `inbound-email`. The
 * caller is a service key with the scope `companion`. All of it is safe to repeat.
 *
 *   POST /api/v1/companion/leases        LeaseBody → LeaseResponse
 *   GET  /api/v1/companion/commands      ?platform&external_id&token&after&limit → CommandPage (409 lease.lost without the lease)
 *   POST /api/v1/companion/results       ResultsBody → ResultsResponse
 *   POST /api/v1/companion/states        StatesBody → 204
 *   GET  /api/v1/companion/files/:id     a command's file; takes Range (404 file.not_found)
 *   GET  /api/v1/companion/checkpoints/:platform/:external_id          → Checkpoint (404 checkpoint.not_found)
 *   PUT  /api/v1/companion/checkpoints/:platform/:external_id?token=   Checkpoint → 204 (409 checkpoint.older, lease.lost)
 *   GET  /api/v1/companion/ws            doorbell: a socket with the Authorization header; frames Doorbell
 */

export const CompanionAccount = z.object({ platform: Platform, external_id: ExternalId })
export type CompanionAccount = z.infer<typeof CompanionAccount>

/**
 * One process runs an account. `companion_id`: made once for each data folder. `instance_id`: made once for each process.
 * A lease lives 90 s; renew it every 30 s.
 */
export const LeaseBody = z.strictObject({
  companion_id: Uuid,
  instance_id: Uuid.optional(),
  /**
   * This process has had no answer yet for these accounts: it takes them over from an earlier one of its companion, which
   * does not get them back before the lease has ended. So of a data folder and its copy one runs an account.
   */
  starts: z.boolean().optional(),
  /** `sends`: whether the companion can send there, unless told it can. Where it cannot, mail goes on by `send_email`. */
  accounts: z
    .array(CompanionAccount.extend({ sends: z.boolean().optional() }))
    .min(1)
    .max(100),
  /** Gives the accounts back: another companion may begin at once. */
  release: z.boolean().optional(),
})
export type LeaseBody = z.infer<typeof LeaseBody>
/**
 * `token` grows with every change of holder, be it of companion or of process; whoever comes with an older one is
 * refused. `taken`: another has it until `expires_at`. `released`: the caller has given it back. `unknown`: no such
 * channel that a companion may run; the operator has to create it.
 */
export const Lease = z.object({
  ...CompanionAccount.shape,
  state: z.enum(['held', 'taken', 'released', 'unknown']),
  token: z.number().int().nullable(),
  expires_at: Timestamp.nullable(),
  /** Up to here every command has ended: pull after it. Later ones may have ended, too. */
  cursor: z.number().int(),
})
export type Lease = z.infer<typeof Lease>
export const LeaseResponse = z.object({ leases: z.array(Lease) })
export type LeaseResponse = z.infer<typeof LeaseResponse>

/** Addresses are bare, ids come without brackets, `references` oldest first. `text` and `html` are whole, signature included. */
export const CommandMail = z.object({
  /** Without brackets; the same for every attempt. */
  message_id: z.string(),
  from: z.object({ address: z.string(), name: z.string() }),
  to: z.string(),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  reply_to: z.string().nullable(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  in_reply_to: z.string().nullable(),
  references: z.array(z.string()),
})
export type CommandMail = z.infer<typeof CommandMail>

/** One thing to do on an account. Commands of one account are done in the order of `seq`, at most one at a time for each conversation. */
export const Command = z.object({
  /** Grows within the tenant; not dense. */
  seq: z.number().int().positive(),
  id: Uuid,
  message_id: Uuid,
  /** The peer (Telegram) or the address (e-mail). */
  conversation: z.object({ external_id: z.string(), thread: z.string() }),
  type: MessageType,
  content: z.string(),
  reply_to_external_id: z.string().nullable(),
  /** `url`: a path on the Worker, to be fetched with the same key. */
  attachments: z.array(z.object({ filename: z.string(), mime_type: z.string(), size: z.number(), url: z.string() })),
  /** What a mail has besides its text and files; null on every other platform. */
  mail: CommandMail.nullable(),
  created_at: Timestamp,
})
export type Command = z.infer<typeof Command>
export const CommandPage = z.object({ items: z.array(Command), more: z.boolean() })
export type CommandPage = z.infer<typeof CommandPage>

/** `waiting`: the platform wants us to wait until then (flood wait); the command stays open. */
export const CommandResult = z.object({
  id: Uuid,
  at: Timestamp,
  outcome: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('sent'), external_id: ExternalId }),
    z.object({ kind: z.literal('failed'), error: MessageError }),
    z.object({ kind: z.literal('unknown'), error: MessageError }),
    z.object({ kind: z.literal('waiting'), until: Timestamp, error: MessageError }),
  ]),
})
export type CommandResult = z.infer<typeof CommandResult>
export const ResultsBody = z.strictObject({
  account: CompanionAccount,
  token: z.number().int(),
  results: z.array(CommandResult).min(1).max(100),
})
export type ResultsBody = z.infer<typeof ResultsBody>
/** Ids that are settled now, and need not be told again. One that waits is not among them: its command is open. */
export const ResultsResponse = z.object({ settled: z.array(Uuid) })

/** How an account is: `session_state` is one of connected, catching_up, needs_login, flood_wait, banned, stopped, unreachable. */
export const AccountState = z.object({
  ...CompanionAccount.shape,
  state: ChannelState,
  session_state: z.enum(['connected', 'catching_up', 'needs_login', 'flood_wait', 'banned', 'stopped', 'unreachable']),
  code: z.string().max(100),
  message: z.string().max(500),
  at: Timestamp,
})
export const StatesBody = z.strictObject({ items: z.array(AccountState).min(1).max(100) })
export type AccountState = z.infer<typeof AccountState>

/**
 * What a lost disk would lose: session and update state, encrypted by the companion before it leaves (the Worker cannot
 * read it). `version` grows; an older one is refused with 409.
 */
export const Checkpoint = z.object({ version: z.number().int().positive(), sealed: z.string().max(64 * 1024) })
export type Checkpoint = z.infer<typeof Checkpoint>

/** "There is work up to `seq`": pull. */
export const Doorbell = z.object({ type: z.literal('commands'), account: CompanionAccount, seq: z.number().int() })
export type Doorbell = z.infer<typeof Doorbell>
