import { z } from 'zod'
import { ExternalId } from '../src/protocol/words.ts'

/** One Telegram account. `externalId`: its user id; empty only at a first login, which tells it. */
export type TelegramAccountConfig = {
  platform: 'telegram'
  externalId: string
  name: string | null
  apiId: number
  apiHash: string
  /** Another data centre than Telegram's own, for tests: its RSA key in PEM. */
  dcs: { id: number; host: string; port: number; publicKey: string } | null
  /** `socks5://` or `http://`, with user and password where it needs them. */
  proxy: string | null
}

export type MailAuth =
  | { kind: 'password'; password: string }
  | { kind: 'oauth2'; tokenUrl: string; clientId: string; clientSecret: string; refreshToken: string }
/** `tls`: from the first byte; otherwise by STARTTLS, and `none` is for a server on this machine. */
export type MailServer = {
  host: string
  port: number
  tls: 'implicit' | 'starttls' | 'none'
  user: string
  auth: MailAuth
}
export type MailFolder = { path: string; role: 'inbox' | 'sent' }

/** One mailbox. `externalId`: its address. `smtp` null: it can only read. */
export type EmailAccountConfig = {
  platform: 'email'
  externalId: string
  name: string | null
  imap: MailServer
  smtp: MailServer | null
  folders: readonly MailFolder[]
  /** The server whose Authentication-Results count. */
  authservId: string | null
  /** Whether what we send is put into the sent folder by us; many providers do it themselves. */
  appendToSent: boolean
  /** How far back a first run reads, in epoch ms; null: it begins at the present. */
  since: number | null
}

export type AccountConfig = TelegramAccountConfig | EmailAccountConfig

/** Reads a file that a setting names; throws when it cannot. */
export type ReadFile = (path: string) => string

const Text = z.string({ error: 'is missing' }).trim().min(1, 'is empty')
const Port = z.number({ error: 'must be a port' }).int().min(1).max(65_535)
const Name = z.string().max(200).optional()

/** A secret stands in the accounts themselves, or in a file of its own under the same name with `_file`. */
function secret(value: string | undefined, file: string | undefined, read: ReadFile, ctx: z.RefinementCtx): string {
  if (value !== undefined) return value
  if (file === undefined) {
    ctx.addIssue({ code: 'custom', message: 'needs a secret, or a file that holds it' })
    return z.NEVER
  }
  try {
    const text = read(file).trim()
    if (text !== '') return text
    ctx.addIssue({ code: 'custom', message: `${file} is empty` })
  } catch {
    ctx.addIssue({ code: 'custom', message: `${file} cannot be read` })
  }
  return z.NEVER
}

function telegramSchema(read: ReadFile, isLogin: boolean) {
  const UserId = z.string({ error: 'is missing' }).regex(/^\d{1,20}$/, 'must be the Telegram user id, as text')
  return z
    .strictObject({
      platform: z.literal('telegram'),
      external_id: isLogin ? UserId.default('') : UserId,
      name: Name,
      api_id: z.number({ error: 'must be the number that my.telegram.org shows' }).int().positive(),
      api_hash: Text.optional(),
      api_hash_file: Text.optional(),
      dcs: z
        .strictObject({ id: z.number().int().positive().default(2), host: Text, port: Port, public_key: Text })
        .optional(),
      proxy: z
        .string()
        .regex(/^(?:socks5|http):\/\/\S+$/, 'must be a socks5:// or http:// address')
        .optional(),
    })
    .transform((account, ctx): TelegramAccountConfig => {
      const { dcs } = account
      return {
        platform: 'telegram',
        externalId: account.external_id,
        name: account.name ?? null,
        apiId: account.api_id,
        apiHash: secret(account.api_hash, account.api_hash_file, read, ctx),
        dcs: dcs === undefined ? null : { id: dcs.id, host: dcs.host, port: dcs.port, publicKey: dcs.public_key },
        proxy: account.proxy ?? null,
      }
    })
}

function authSchema(read: ReadFile) {
  const Password = z
    .strictObject({ password: Text.optional(), password_file: Text.optional() })
    .transform((auth, ctx): MailAuth => ({
      kind: 'password',
      password: secret(auth.password, auth.password_file, read, ctx),
    }))
  const OAuth2 = z
    .strictObject({
      token_url: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }),
      client_id: Text,
      client_secret: Text.optional(),
      client_secret_file: Text.optional(),
      refresh_token: Text.optional(),
      refresh_token_file: Text.optional(),
    })
    .transform((auth, ctx): MailAuth => {
      // Public clients have no secret.
      const hasSecret = auth.client_secret !== undefined || auth.client_secret_file !== undefined
      return {
        kind: 'oauth2',
        tokenUrl: auth.token_url,
        clientId: auth.client_id,
        clientSecret: hasSecret ? secret(auth.client_secret, auth.client_secret_file, read, ctx) : '',
        refreshToken: secret(auth.refresh_token, auth.refresh_token_file, read, ctx),
      }
    })
  return z.union([z.strictObject({ oauth2: OAuth2 }).transform(({ oauth2 }) => oauth2), Password])
}

function emailSchema(read: ReadFile) {
  const Auth = authSchema(read)
  const Tls = z.union([
    z.boolean().transform((on) => (on ? 'implicit' : 'none')),
    z.enum(['implicit', 'starttls', 'none']),
  ])
  const Server = z.strictObject({
    host: Text,
    port: Port,
    tls: Tls.default('implicit'),
    user: Text.optional(),
    auth: Auth.optional(),
  })
  const Folder = z.strictObject({ path: Text.max(500), role: z.enum(['inbox', 'sent']) })
  return z
    .strictObject({
      platform: z.literal('email'),
      external_id: ExternalId.transform((address) => address.toLowerCase()).pipe(
        z.string().regex(/^[^\s@<>]+@[^\s@<>]+$/, 'must be the address of the mailbox'),
      ),
      name: Name,
      imap: Server,
      smtp: Server.optional(),
      auth: Auth.optional(),
      folders: z
        .array(Folder)
        .min(1, 'needs a folder')
        .default([{ path: 'INBOX', role: 'inbox' }]),
      authserv_id: Text.max(255).optional(),
      append_to_sent: z.boolean().default(false),
      since: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time' }).optional(),
    })
    .transform((account, ctx): EmailAccountConfig => {
      const serverOf = (server: z.infer<typeof Server>, name: string): MailServer => {
        const auth = server.auth ?? account.auth
        if (auth === undefined) ctx.addIssue({ code: 'custom', path: [name, 'auth'], message: 'is missing' })
        const { host, port, tls } = server
        return { host, port, tls, user: server.user ?? account.external_id, auth: auth ?? z.NEVER }
      }
      return {
        platform: 'email',
        externalId: account.external_id,
        name: account.name ?? null,
        imap: serverOf(account.imap, 'imap'),
        smtp: account.smtp === undefined ? null : serverOf(account.smtp, 'smtp'),
        folders: account.folders,
        authservId: account.authserv_id ?? null,
        appendToSent: account.append_to_sent,
        since: account.since === undefined ? null : Date.parse(account.since),
      }
    })
}

/** The accounts of a file, `{"accounts": […]}` or the list alone. `isLogin`: a Telegram account may not know its id yet. */
export function accountsSchema(read: ReadFile, { isLogin }: { isLogin: boolean }) {
  const Account = z.discriminatedUnion('platform', [telegramSchema(read, isLogin), emailSchema(read)], {
    error: 'platform must be telegram or email',
  })
  const List = z.array(Account).min(1, 'names no account').superRefine(refuseTwice)
  return z.preprocess(
    (value) => (typeof value === 'object' && value !== null && 'accounts' in value ? value.accounts : value),
    List,
  )
}

function refuseTwice(accounts: readonly AccountConfig[], ctx: z.RefinementCtx): void {
  const seen = new Set<string>()
  for (const [at, { platform, externalId }] of accounts.entries()) {
    const name = `${platform} ${externalId}`
    if (externalId !== '' && seen.has(name)) ctx.addIssue({ code: 'custom', path: [at], message: 'is there twice' })
    seen.add(name)
  }
}
