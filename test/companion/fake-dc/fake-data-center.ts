import { randomBytes } from 'node:crypto'
import { Long, type tl } from '@mtcute/node'
import { writeStringSession } from '@mtcute/node/utils.js'
import { authMethods } from './auth-methods.ts'
import { fileMethods } from './file-methods.ts'
import { documentOf, photoOf, type DocumentForm } from './media-forms.ts'
import { messageMethods } from './message-methods.ts'
import { failure, type Call, type Login, type Methods } from './method.ts'
import { MtprotoServer, type Session } from './mtproto-server.ts'
import { peerMethods } from './peer-methods.ts'
import { shortForm } from './short-form.ts'
import { Timeline, type Said, type SaidIds } from './timeline.ts'
import type { Request } from './tl-codec.ts'
import { updateMethods } from './update-methods.ts'
import { emptyBox, markedId, parseMarked, seconds, World } from './world.ts'
import type { FakeAccount, FakeUser, SentMessage, StoredMessage } from './world.ts'

const methods: Methods = { ...authMethods, ...updateMethods, ...peerMethods, ...messageMethods, ...fileMethods }
type Method = (call: Call, request: Request) => unknown

const beforeLogin = new Set(Object.keys(authMethods))
const sending = new Set(['messages.sendMessage', 'messages.sendMedia', 'messages.sendMultiMedia'])

export type Death =
  | 'SESSION_REVOKED'
  | 'SESSION_EXPIRED'
  | 'AUTH_KEY_UNREGISTERED'
  | 'AUTH_KEY_DUPLICATED'
  | 'USER_DEACTIVATED'
  | 'USER_DEACTIVATED_BAN'
  /** The key itself is forgotten: the transport says -404. */
  | 'FORGOTTEN'
export type NewAccount = { id?: number; name?: string; phone?: string; code?: string; password?: string }
export type NewChat = {
  id?: number
  title?: string
  members: readonly number[]
  isForum?: boolean
  topics?: Record<number, string>
}

/**
 * A Telegram that lives in this process: one data centre on loopback that speaks MTProto 2.0 with whoever has its
 * public key. What it does is what we believe the real one does; what it holds is set up and looked at by the methods
 * below. Users and chats are named by marked ids (users 123, groups -123, channels and supergroups -100…123).
 */
export class FakeDataCenter {
  readonly world = new World()
  readonly #server: MtprotoServer<Login>
  readonly #timeline: Timeline
  readonly #random: () => number
  readonly #qrTokens = new Map<string, FakeAccount | null>()
  /** What could not be answered or read: a test looks here when something is odd. */
  readonly notes: string[] = []
  /** How often each method was called. */
  readonly calls = new Map<string, number>()
  #asking: Session<Login> | null = null
  readonly #refused = new Map<string, Error>()
  #dropRate = 0
  #loseRate = 0
  port = 0

  constructor({ random = Math.random }: { random?: () => number } = {}) {
    this.#random = random
    this.#timeline = new Timeline(this.world, (account, update, messages) => this.#push(account, update, messages))
    this.#server = new MtprotoServer<Login>({
      answer: (session, request) => this.#answer(session, request),
      losesAnswer: (request) => sending.has(request._) && this.#random() < this.#loseRate,
      note: (line) => this.notes.push(line),
    })
  }

  async listen(port = 0): Promise<this> {
    this.port = await this.#server.listen(port)
    return this
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  /** What a client has to be told of this data centre. */
  get publicKey(): string {
    return this.#server.key.pem
  }

  /** Connections that were made since the start. */
  get connections(): number {
    return this.#server.connections
  }

  // -------------------------------------------------------------- who is there

  addUser(user: Partial<FakeUser> = {}): FakeUser {
    const id = user.id ?? this.#newId()
    const made = { firstName: `User ${id}`, ...user, id }
    this.world.users.set(id, made)
    return made
  }

  addAccount({
    id = this.#newId(),
    name = `Account ${id}`,
    phone = `38050${id}`,
    code = '12345',
    password,
  }: NewAccount = {}): FakeAccount {
    const user = this.addUser({ id, firstName: name, phone })
    const account = {
      user,
      code,
      password: password ?? null,
      box: emptyBox(),
      randomIds: new Map(),
      known: new Set<number>(),
      floodUntil: 0,
      tooLongAfter: Infinity,
      banned: false,
    }
    this.world.accounts.set(id, account)
    return account
  }

  /** A basic group. Gives its marked id. */
  addGroup({ id = this.#newId(), title = 'A group', members }: NewChat): number {
    this.world.groups.set(id, { kind: 'group', id, title, members: new Set(members), migratedTo: null })
    return -id
  }

  /** A supergroup (with topics: a forum) or, as `addChannel`, a channel where only its owner writes. */
  addSupergroup(
    { id = this.#newId(), title = 'A supergroup', members, topics = {} }: NewChat,
    isBroadcast = false,
  ): number {
    const named = new Map(Object.entries(topics).map(([topic, name]) => [Number(topic), name]))
    const chat = {
      kind: 'channel',
      id,
      title,
      isBroadcast,
      topics: named,
      box: emptyBox(),
      tooLongAfter: Infinity,
    } as const
    // Topics are messages too: the channel's own begin after them.
    chat.box.lastId = Math.max(0, ...named.keys())
    this.world.channels.set(id, { ...chat, members: new Set(members) })
    return markedId({ kind: 'channel', id })
  }

  addChannel(chat: NewChat): number {
    return this.addSupergroup({ title: 'A channel', ...chat }, true)
  }

  #newId(): number {
    this.world.nextId += 1
    return this.world.nextId
  }

  // -------------------------------------------------------------- what happens

  /** Somebody says something; the ids it got, by account. */
  say(said: Said): SaidIds {
    return this.#timeline.say(said)
  }

  /** Many things at once, for whoever is not in this process. */
  sayAll(all: readonly Said[]): void {
    for (const said of all) this.say(said)
  }

  /** Several files in one bubble. */
  album(said: Said, parts: readonly Pick<Said, 'text' | 'media'>[]): SaidIds[] {
    const groupedId = Long.fromBytesLE([...randomBytes(8)])
    return parts.map((part) => this.say({ ...said, ...part, groupedId }))
  }

  photo(bytes: Uint8Array): tl.RawMessageMediaPhoto {
    return photoOf(this.world, bytes)
  }

  document(form: DocumentForm): tl.RawMessageMediaDocument {
    return documentOf(this.world, form)
  }

  /** As text, for whoever is not in this process. */
  sayPhoto(said: Said, base64: string): SaidIds {
    return this.say({ ...said, media: this.photo(Buffer.from(base64, 'base64')) })
  }

  sayDocument(said: Said, base64: string, { mimeType, filename }: { mimeType: string; filename: string }): SaidIds {
    const attributes = [{ _: 'documentAttributeFilename', fileName: filename } as const]
    return this.say({ ...said, media: this.document({ bytes: Buffer.from(base64, 'base64'), mimeType, attributes }) })
  }

  edit(account: number, peer: number, id: number, change: string | Partial<tl.RawMessage>): void {
    const fields = typeof change === 'string' ? { message: change } : change
    this.#timeline.edit(this.#account(account), parseMarked(peer), id, fields)
  }

  delete(account: number, peer: number, ids: readonly number[]): void {
    this.#timeline.delete(this.#account(account), parseMarked(peer), ids)
  }

  react(account: number, peer: number, reaction: { id: number; by: number; emoji: string | null }): void {
    this.#timeline.react(this.#account(account), parseMarked(peer), reaction)
  }

  read(account: number, peer: number, maxId: number): void {
    this.#timeline.read(this.#account(account), parseMarked(peer), maxId)
  }

  /** Any update, as it is, to one account's open sessions; not part of any difference. */
  tell(account: number, update: tl.TypeUpdate): void {
    this.#push(this.#account(account), update, [])
  }

  /** A group becomes a supergroup. Gives the new marked id. */
  migrate(group: number): number {
    const old = this.world.group(parseMarked(group).id)
    const [first = 0] = old.members
    const marked = this.addSupergroup({ title: old.title, members: [...old.members] })
    const { id: channelId } = parseMarked(marked)
    old.migratedTo = channelId
    this.say({ from: first, to: group, action: { _: 'messageActionChatMigrateTo', channelId } })
    const action = { _: 'messageActionChannelMigrateFrom', title: old.title, chatId: old.id } as const
    this.say({ from: first, to: marked, action })
    return marked
  }

  // -------------------------------------------------------------- what goes wrong

  /** The share of news that is lost on its way; `getDifference` still knows of it. */
  dropPushes(rate: number): void {
    this.#dropRate = rate
  }

  /** The share of answers to sent messages that is lost: sent they are. */
  loseAnswers(rate: number): void {
    this.#loseRate = rate
  }

  cutConnections(): void {
    for (const wire of this.#server.wires) wire.cut()
  }

  /** Every open link stays open and nothing goes through it any more; `isForNewOnes`: neither through later ones. */
  freeze({ isForNewOnes = false }: { isForNewOnes?: boolean } = {}): void {
    for (const wire of this.#server.wires) wire.isFrozen = true
    this.#server.isBlackHole = isForNewOnes
  }

  /** Ends all sessions of an account, in one of the ways in which sessions end. */
  revoke(account: number, death: Death = 'SESSION_REVOKED'): void {
    for (const [id, record] of this.#server.keys) {
      if (record.login?.account?.user.id !== account) continue
      if (death === 'FORGOTTEN') this.#server.keys.delete(id)
      else record.failure = failure(death === 'AUTH_KEY_DUPLICATED' ? 406 : 401, death)
    }
  }

  floodWait(account: number, forSeconds: number): void {
    this.#account(account).floodUntil = Date.now() + forSeconds * 1000
  }

  /** One method fails from now on, until what this returns is called. */
  refuse(method: string, code = 400, name = 'REFUSED'): () => void {
    this.#refused.set(method, failure(code, name))
    return () => this.#refused.delete(method)
  }

  /** What files were known by can no longer be used: their messages have to be fetched again. */
  expireFileReferences(): void {
    for (const file of this.world.files.values()) file.reference = randomBytes(12)
  }

  /** Salts change from time to time; a client with an old one is told so. */
  changeSalts(): void {
    for (const record of this.#server.keys.values()) record.salt = Long.fromBytesLE([...randomBytes(8)])
  }

  // -------------------------------------------------------------- logins

  /** A session of an account as a string, made without a login. */
  sessionOf(account: number): string {
    const key = randomBytes(256)
    this.#server.addKey(key, { account: this.#account(account), passwordFor: null, srp: null, loginToken: null })
    const here = { id: 2, ipAddress: '127.0.0.1', port: this.port }
    const self = { userId: account, isBot: false, isPremium: false, usernames: [] }
    return writeStringSession({ version: 3, self, primaryDcs: { main: here, media: here }, authKey: key })
  }

  /** What `updates.getState` would say. */
  stateOf(account: number): { pts: number; qts: number; date: number; seq: number } {
    return { pts: this.#account(account).box.pts, qts: 0, date: seconds(), seq: 1 }
  }

  /** QR codes that were shown and not scanned yet. */
  shownQr(): string[] {
    const open = [...this.#qrTokens].filter(([, account]) => account === null)
    return open.map(([token]) => `tg://login?token=${Buffer.from(token, 'hex').toString('base64url')}`)
  }

  /** Scans the QR code of `tg://login?token=…` with the phone of an account. */
  scanQr(url: string, account: number): void {
    const token = Buffer.from(url.replace(/^.*token=/, ''), 'base64url').toString('hex')
    this.#qrTokens.set(token, this.#account(account))
    for (const session of this.#server.sessions.values()) {
      if (session.record.login?.loginToken !== token) continue
      const update = { _: 'updateLoginToken' } as const
      this.#server.push(session, { _: 'updateShort', update, date: seconds() })
    }
  }

  /** What customers got, in the order it was taken. */
  sent(account?: number): SentMessage[] {
    return this.world.sent.filter((one) => account === undefined || one.account === account)
  }

  #account(id: number): FakeAccount {
    const account = this.world.accounts.get(id)
    if (!account) throw new Error(`no account ${id}`)
    return account
  }

  #push(account: FakeAccount, update: tl.TypeUpdate, messages: readonly StoredMessage[]): void {
    if (this.#random() < this.#dropRate) return
    const known = new Set(account.known)
    const sessions = [...this.#server.sessions.values()].filter(
      (session) =>
        // Whoever does something is told by the answer.
        session !== this.#asking &&
        session.hearsUpdates &&
        session.wire.isOpen &&
        session.record.login?.account === account &&
        !session.record.failure,
    )
    if (sessions.length === 0) return
    const updates = shortForm(update, known) ?? {
      _: 'updates',
      updates: [update],
      ...this.world.peersOf(account, messages),
      date: seconds(),
      seq: 0,
    }
    for (const session of sessions) this.#server.push(session, updates)
  }

  #answer(session: Session<Login>, request: Request): unknown {
    this.calls.set(request._, (this.calls.get(request._) ?? 0) + 1)
    const method = methods[request._ as keyof Methods] as Method | undefined
    const refused = this.#refused.get(request._)
    if (refused) throw refused
    if (!method) {
      this.notes.push(`no method ${request._}`)
      throw failure(400, 'METHOD_INVALID')
    }
    session.record.login ??= { account: null, passwordFor: null, srp: null, loginToken: null }
    const login = session.record.login
    if (!login.account && !beforeLogin.has(request._)) {
      if (login.passwordFor) throw failure(401, 'SESSION_PASSWORD_NEEDED')
      throw failure(401, 'AUTH_KEY_UNREGISTERED')
    }
    this.#asking = session
    try {
      return method(this.#callOf(session, login), request)
    } finally {
      this.#asking = null
    }
  }

  #callOf(session: Session<Login>, login: Login): Call {
    const { world } = this
    return {
      world,
      timeline: this.#timeline,
      session,
      login,
      port: this.port,
      get account() {
        if (!login.account) throw failure(401, 'AUTH_KEY_UNREGISTERED')
        return login.account
      },
      signIn: (account) => Object.assign(login, { account, passwordFor: null, srp: null }),
      signOut: () => Object.assign(login, { account: null }),
      qrTokens: this.#qrTokens,
      random: this.#random,
    }
  }
}
