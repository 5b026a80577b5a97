import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Long, tl, type BaseTelegramClient, type SentCode, type TelegramClient, type User } from '@mtcute/node'
import { getMarkedPeerId } from '@mtcute/node/utils.js'
import type { Logger } from 'pino'
import type { TelegramAccountConfig } from '../accounts-config.ts'
import { accountFolder, makePrivateFolder } from '../data-folder.ts'
import type { Sealer } from '../sealer.ts'
import { openClient } from './connect.ts'
import { lockSession } from './session-lock.ts'
import { openSessionStorage, type SessionStorage, type UpdateState } from './session-storage.ts'

export type LoginDeps = {
  sealer: Sealer
  dataDir: string
  log: Logger
  /** Asks whoever sits there. Rejects when there is nobody any more. */
  ask(question: string, options?: { isSecret?: boolean }): Promise<string>
  say(line: string): void
  /** Shows a QR code that is scanned with the phone. */
  showQr(url: string, expires: Date): void
  isQr: boolean
}
/** `wrong_account`: somebody else was logged in, and out again. `in_use`: a companion is listening with this login. */
export type LoginResult =
  | { kind: 'done'; userId: string; name: string }
  | { kind: 'wrong_account'; userId: string }
  | { kind: 'in_use' }
  | { kind: 'refused'; reason: string }

/**
 * Logs an account in and stores the login where the companion finds it. It is made aside and put in its place only when
 * it is whole, count included: a companion that starts without the count loses what comes before the first one is saved.
 */
export async function logIn(config: TelegramAccountConfig, deps: LoginDeps): Promise<LoginResult> {
  // Of an account whose id is not known yet, only the login tells whether it is in use.
  const lock = config.externalId === '' ? null : lockSession(folderOf(deps, config.externalId))
  if (config.externalId !== '' && lock === null) return { kind: 'in_use' }
  try {
    return await logInAside(config, deps)
  } finally {
    lock?.release()
  }
}

function folderOf({ dataDir }: LoginDeps, userId: string): string {
  return accountFolder(dataDir, { platform: 'telegram', external_id: userId })
}

async function logInAside(config: TelegramAccountConfig, deps: LoginDeps): Promise<LoginResult> {
  const aside = mkdtempSync(join(makePrivateFolder(deps.dataDir), 'login-'))
  makePrivateFolder(aside)
  try {
    const storage = openSessionStorage(aside, { sealer: deps.sealer, keepsLogin: false })
    const { base, client } = openClient(config, { storage, log: deps.log, isListening: false })
    try {
      const user = await signIn(client, deps)
      const userId = String(user.id)
      if (config.externalId !== '' && config.externalId !== userId) {
        await client.logOut()
        return { kind: 'wrong_account', userId }
      }
      const found = config.externalId === '' ? lockSession(folderOf(deps, userId)) : null
      if (config.externalId === '' && found === null) {
        await client.logOut()
        return { kind: 'in_use' }
      }
      await complete(base, storage)
      await client.destroy()
      putInPlace(aside, folderOf(deps, userId))
      found?.release()
      return { kind: 'done', userId, name: user.displayName }
    } catch (error) {
      if (!tl.RpcError.is(error)) throw error
      return { kind: 'refused', reason: refusalOf(error) }
    } finally {
      await client.destroy()
    }
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

function refusalOf(error: tl.RpcError): string {
  if (!tl.RpcError.is(error, 'FLOOD_WAIT_%d')) return error.text
  return `too many attempts, wait ${error.seconds} s (${error.text})`
}

async function signIn(client: TelegramClient, deps: LoginDeps): Promise<User> {
  for (;;) {
    try {
      return await client.start(deps.isQr ? byQr(client, deps) : byPhone(client, deps))
    } catch (error) {
      if (!tl.RpcError.is(error, 'PHONE_NUMBER_INVALID')) throw error
      deps.say('Telegram does not know this number. It has to begin with the code of the country.')
    }
  }
}

type StartOptions = NonNullable<Parameters<TelegramClient['start']>[0]>

const wrong = { code: 'That is not the code. Try again.', password: 'That is not the password. Try again.' }

function byPhone(client: TelegramClient, deps: LoginDeps): StartOptions {
  return {
    phone: () => askFor('Phone number, with the code of the country', deps),
    code: () => askFor('Code', deps),
    codeSentCallback: (sent) => deps.say(whereItWent(sent)),
    invalidCodeCallback: (what) => deps.say(wrong[what]),
    password: () => askPassword(client, deps),
  }
}

function byQr(client: TelegramClient, deps: LoginDeps): StartOptions {
  return {
    qrCodeHandler: (url, expires) => deps.showQr(url, expires),
    invalidCodeCallback: (what) => deps.say(wrong[what]),
    password: () => askPassword(client, deps),
  }
}

async function askPassword(client: TelegramClient, deps: LoginDeps): Promise<string> {
  const hint = await client.getPasswordHint()
  return askFor(hint ? `Password (hint: ${hint})` : 'Password', deps, { isSecret: true })
}

/** An empty line is no answer, and mtcute would give up on one. */
async function askFor(question: string, deps: LoginDeps, options?: { isSecret: boolean }): Promise<string> {
  for (;;) {
    const answer = (await deps.ask(question, options)).trim()
    if (answer !== '') return answer
  }
}

function whereItWent({ type }: SentCode): string {
  if (type === 'app') return 'Telegram has sent a code to the app, on the devices where this account is logged in.'
  return `Telegram has sent a code (${type}).`
}

/** Where the count stands: from here on, everything is news. */
async function complete(base: BaseTelegramClient, storage: SessionStorage): Promise<void> {
  const { pts, qts, date, seq } = await base.call({ _: 'updates.getState' })
  storage.putState({ pts, qts, date, seq, channels: await channelCounts(base) })
  storage.completeLogin({ mark: randomUUID(), dc: base.mt.network.getPrimaryDcId() })
  await base.mt.storage.save()
}

/** Channels count by themselves; one whose count is not known would be followed from its next message only. */
async function channelCounts(base: BaseTelegramClient): Promise<UpdateState['channels']> {
  const counts: UpdateState['channels'] = {}
  let offset: { offsetDate: number; offsetId: number; offsetPeer: tl.TypeInputPeer } = {
    offsetDate: 0,
    offsetId: 0,
    offsetPeer: { _: 'inputPeerEmpty' },
  }
  for (;;) {
    const page = await base.call({ _: 'messages.getDialogs', ...offset, limit: 100, hash: Long.ZERO })
    if (page._ === 'messages.dialogsNotModified') return counts
    for (const dialog of page.dialogs) {
      if (dialog._ !== 'dialog' || dialog.peer._ !== 'peerChannel' || dialog.pts === undefined) continue
      counts[String(dialog.peer.channelId)] = dialog.pts
    }
    const last = page.dialogs.at(-1)
    if (page._ === 'messages.dialogs' || last?._ !== 'dialog') return counts
    const marked = getMarkedPeerId(last.peer)
    const top = page.messages.find(
      (message) =>
        message._ !== 'messageEmpty' && message.id === last.topMessage && getMarkedPeerId(message.peerId) === marked,
    )
    const offsetPeer = await base.storage.peers.getById(marked)
    if (offsetPeer === null || top === undefined || top._ === 'messageEmpty') return counts
    offset = { offsetDate: top.date, offsetId: top.id, offsetPeer }
  }
}

/** Under the lock: taking a login away under a client that runs would mix the two. */
function putInPlace(aside: string, folder: string): void {
  for (const end of ['-wal', '-shm']) rmSync(join(folder, `session.db${end}`), { force: true })
  for (const end of ['-wal', '-shm', '']) {
    if (existsSync(join(aside, `session.db${end}`))) {
      renameSync(join(aside, `session.db${end}`), join(folder, `session.db${end}`))
    }
  }
}
