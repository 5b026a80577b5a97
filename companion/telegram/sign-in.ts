import type { BaseTelegramClient } from '@mtcute/node'
import type { Logger } from 'pino'
import { nameOf } from './reconcile.ts'
import type { Death } from './updates-guard.ts'

const retryMs = 5_000

export type SignIn = {
  externalId: string
  died: (death: Death) => void
  pause(ms: number): Promise<boolean>
  log: Logger
}

/** Makes sure who we are, and lets updates come. False when it was stopped before, or is somebody else. */
export async function signIn(base: BaseTelegramClient, { externalId, died, pause, log }: SignIn): Promise<boolean> {
  do {
    try {
      await base.connect()
      const [self] = await base.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] })
      if (self?._ !== 'user') throw new Error('no such user')
      if (String(self.id) !== externalId) {
        died({ code: 'login.other_account', message: otherAccount(self.id, externalId), isBan: false })
        return false
      }
      await base.notifyLoggedIn(self)
      return true
    } catch (error) {
      log.warn({ event: 'telegram.sign_in_failed', reason: nameOf(error) })
    }
  } while (await pause(retryMs))
  return false
}

const otherAccount = (found: number, wanted: string) =>
  `The stored login belongs to Telegram user ${found}, and the account is ${wanted}. Log in again.`
