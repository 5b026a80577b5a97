import { isTlRpcError } from '@mtcute/node/utils.js'
import type { RpcCallMiddleware, tl } from '@mtcute/node'
import type { Report } from '../account.ts'

/** A login that will not work again. `code` is stable; `message` is for whoever has to act. */
export type Death = { code: string; message: string; isBan: boolean }

const renew = 'Log this account in again.'
const deaths: Readonly<Record<string, Death>> = {
  SESSION_REVOKED: {
    code: 'session.revoked',
    message: `The session was ended from another device. ${renew}`,
    isBan: false,
  },
  SESSION_EXPIRED: {
    code: 'session.expired',
    message: `The session was not used for too long. ${renew}`,
    isBan: false,
  },
  AUTH_KEY_UNREGISTERED: {
    code: 'session.unregistered',
    message: `Telegram no longer knows the session. ${renew}`,
    isBan: false,
  },
  AUTH_KEY_DUPLICATED: {
    code: 'session.duplicated',
    message: `The session was used from two places at once, which ends it for good. ${renew}`,
    isBan: false,
  },
  USER_DEACTIVATED: { code: 'account.deleted', message: 'The Telegram account was deleted.', isBan: false },
  USER_DEACTIVATED_BAN: { code: 'account.banned', message: 'Telegram has banned the account.', isBan: true },
}
export const forgottenKey: Death = {
  code: 'session.forgotten',
  message: `Telegram no longer knows the key of the session. ${renew}`,
  isBan: false,
}

/** What an error says about the login. 401 is always the end of it, but where a password is asked for. */
export function deathOf({ errorCode, errorMessage }: { errorCode: number; errorMessage: string }): Death | null {
  const known = deaths[errorMessage]
  if (known) return known
  if (errorCode !== 401 || errorMessage === 'SESSION_PASSWORD_NEEDED') return null
  return { code: 'session.refused', message: `Telegram refuses the session (${errorMessage}). ${renew}`, isBan: false }
}

export function deathReport({ code, message, isBan }: Death): Report {
  return { state: 'down', session_state: isBan ? 'banned' : 'needs_login', code, message }
}

export type GuardHooks = {
  /** A question left. */
  asked(): void
  /** An answer came, whatever it said: the link and the server are alive. */
  answered(): void
  died(death: Death): void
  /** Another data centre refused us: that is no word yet on the login itself. */
  doubted(): void
  flooded(forSeconds: number): void
  /** Telegram, or the library, gave up on telling what was missed. `channelId` null: private chats and groups. */
  missed(channelId: number | null): void
  /** A channel has news; `joinedAt` in epoch seconds, 0 where it is not told. */
  hasNews(channelId: number, joinedAt: number): void
}

type Context = Parameters<RpcCallMiddleware>[0]
type TlError = { errorCode: number; errorMessage: string }

/**
 * Listens to every call. mtcute notices neither the end of a session (it stays `connected`) nor what it skips: a
 * difference that is too long moves the count and tells nobody, and `updates.getState` within a running session is
 * asked for only to start counting anew from the present.
 */
export function updatesGuard(hooks: GuardHooks): RpcCallMiddleware {
  return async (call, next) => {
    // Before the answer, so that nothing newer can pass it by.
    if (call.request._ === 'updates.getState') hooks.missed(null)
    hooks.asked()
    const result = await next(call)
    hooks.answered()
    if (isTlRpcError(result)) judge(call, result, hooks)
    else if (call.request._ === 'updates.getDifference') readDifference(result as tl.updates.TypeDifference, hooks)
    return result
  }
}

function readDifference(difference: tl.updates.TypeDifference, hooks: GuardHooks): void {
  if (difference._ === 'updates.differenceTooLong') hooks.missed(null)
  if ('otherUpdates' in difference) tellOfChannels(difference.otherUpdates, difference.chats, hooks)
}

/** Says which channels have news that is not told here. */
export function tellOfChannels(
  updates: readonly tl.TypeUpdate[],
  chats: readonly tl.TypeChat[],
  { hasNews }: Pick<GuardHooks, 'hasNews'>,
): void {
  for (const update of updates) {
    if (update._ !== 'updateChannelTooLong') continue
    const channel = chats.find(({ id }) => id === update.channelId)
    hasNews(update.channelId, channel?._ === 'channel' ? channel.date : 0)
  }
}

function judge({ request, params, manager }: Context, error: TlError, hooks: GuardHooks): void {
  const death = deathOf(error)
  if (death) {
    const isElsewhere = params?.dcId !== undefined && params.dcId !== manager.getPrimaryDcId()
    if (isElsewhere) hooks.doubted()
    else hooks.died(death)
  }
  const wait = /^FLOOD_(?:PREMIUM_)?WAIT_(\d+)$/.exec(error.errorMessage)
  if (wait) hooks.flooded(Number(wait[1]))
  if (error.errorMessage === 'PERSISTENT_TIMESTAMP_INVALID' && request._ === 'updates.getChannelDifference') {
    if (request.channel._ === 'inputChannel') hooks.missed(request.channel.channelId)
  }
}
