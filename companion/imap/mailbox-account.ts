import type { Account, AccountDeps } from '../account.ts'
import type { EmailAccountConfig } from '../accounts-config.ts'
import { createMailSender } from '../smtp/mail-sender.ts'
import { createSentFolder } from '../smtp/sent-folder.ts'
import { createSentLog } from '../smtp/sent-log.ts'
import { createAccountReport } from './account-report.ts'
import type { ImapDeps } from './connect-imap.ts'
import { createCredentials, restoreTokens, storedTokens } from './credentials.ts'
import { createErrands } from './errands.ts'
import { createFolderCursors } from './folder-cursor.ts'
import { type FolderWatch, watchFolder } from './folder-watch.ts'
import { failureOf } from './imap-failure.ts'
import { createLoginGate } from './login-gate.ts'
import { readCheckpoint, writeCheckpoint } from './mailbox-checkpoint.ts'
import { type MailTiming, mailTiming } from './timing.ts'

const stopMs = 4500

/** A mailbox: each of its folders over a connection of its own, answers by its own SMTP server. */
export function createMailboxAccount(
  config: EmailAccountConfig,
  deps: AccountDeps,
  timing: MailTiming = mailTiming,
): Account {
  const paths = config.folders.map(({ path }) => path)
  const restored = readCheckpoint(deps.restored)
  restoreTokens(deps.spool, restored.tokens)
  const cursors = createFolderCursors(deps.spool, paths, restored.folders)
  const log = createSentLog(deps.spool, deps.now)
  const board = createAccountReport(deps.report, paths)
  const imap = imapDeps(config, deps, timing)
  const errands = createErrands(imap)
  const sender = createMailSender(config, {
    ...deps,
    timing,
    sentLog: log,
    sentFolder: createSentFolder(config, errands),
    credentials:
      config.smtp === null || config.smtp.auth === config.imap.auth
        ? imap.credentials
        : credentialsOf(config.smtp.auth, deps),
    report: board.part('smtp', { isVital: false }),
  })
  let watches: FolderWatch[] = []
  return {
    start() {
      watches = config.folders.map((folder) =>
        watchFolder(folder, {
          ...deps,
          ...imap,
          cursors,
          since: config.since,
          isOwn: (messageId) => log.foundInSentFolder(messageId),
          report: board.part(folder.path, { isVital: folder.role === 'inbox' }),
        }),
      )
      return Promise.resolve()
    },
    async stop() {
      const ended = Promise.all([...watches.map((watch) => watch.stop()), errands.close(), sender.stop()])
      const late = new Promise((resolve) => setTimeout(resolve, stopMs).unref())
      watches = []
      await Promise.race([ended, late])
    },
    send: (attempt) => sender.send(attempt),
    isReady: () => watches.length > 0,
    // A mail goes to the Worker whole: there is nothing to fetch later.
    openSpooledFile: () => Promise.resolve('gone'),
    checkpoint: () => writeCheckpoint({ folders: cursors.all(), tokens: storedTokens(deps.spool) }),
  }
}

function credentialsOf(auth: EmailAccountConfig['imap']['auth'], { spool, sealer, now, log, account }: AccountDeps) {
  const context = `mail login|${account.platform}|${account.external_id}`
  return createCredentials(auth, { spool, sealer, now, log, context, fetch })
}

function imapDeps({ imap }: EmailAccountConfig, deps: AccountDeps, timing: MailTiming): ImapDeps {
  const isRefusal = (error: unknown) => failureOf(error).kind === 'login'
  return {
    server: imap,
    credentials: credentialsOf(imap.auth, deps),
    gate: createLoginGate({ now: deps.now, timing: timing.login, isRefusal }),
    timing,
  }
}
