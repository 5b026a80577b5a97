import { readFileSync } from 'node:fs'
import { startProcess } from '../../companion/start-process.ts'
import { createEchoOpener } from './echo-account.ts'

await startProcess({
  env: process.env,
  read: (path) => readFileSync(path, 'utf8'),
  openAccount: createEchoOpener(process.env['ECHO_URL'] ?? ''),
})
