import { readFileSync } from 'node:fs'
import { createMailboxAccount } from '../../../companion/imap/mailbox-account.ts'
import { startProcess } from '../../../companion/start-process.ts'
import { quickTiming } from './mailbox-rig.ts'

// The companion as it is, but for its mailboxes' patience: what takes minutes takes a second.
await startProcess({
  env: process.env,
  read: (path) => readFileSync(path, 'utf8'),
  openAccount: (config, deps) =>
    config.platform === 'email'
      ? Promise.resolve(createMailboxAccount(config, deps, quickTiming))
      : Promise.reject(new Error('only mailboxes here')),
})
