import type { Account, AccountDeps } from './account.ts'
import type { AccountConfig } from './accounts-config.ts'

/** Makes the account that a configuration describes. It does nothing before `start`. */
export type OpenAccount = (config: AccountConfig, deps: AccountDeps) => Promise<Account>

/** The platforms. Each is loaded only where it is used: a host of mailboxes need not hold a Telegram client in memory. */
export const openAccount: OpenAccount = async (config, deps) => {
  switch (config.platform) {
    case 'telegram': {
      const { createTelegramAccount } = await import('./telegram/telegram-account.ts')
      return createTelegramAccount(config, deps)
    }
    case 'email': {
      const { createMailboxAccount } = await import('./imap/mailbox-account.ts')
      return createMailboxAccount(config, deps)
    }
  }
}
