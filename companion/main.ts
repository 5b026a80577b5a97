import { readFileSync } from 'node:fs'
import { runDeadLetters } from './dead-letters-command.ts'
import { runForgetCheckpoint } from './forget-checkpoint-command.ts'
import { startProcess } from './start-process.ts'

const usage = `Usage: node companion/main.ts [command]
  (none)                            runs the companion
  login --account <id> [--qr]       logs a Telegram account in
  dead-letters [list]               shows what the Worker would not take
  dead-letters retry [<row>]        lets it go out again, all of it or one row
  dead-letters drop <row>|all       gives it up for good
  forget-checkpoint <account>       lets an account begin without its checkpoint, when the companion key is lost
`

async function main([command, ...args]: string[]): Promise<void> {
  switch (command) {
    case undefined:
    case 'run':
      await startProcess({ env: process.env, read: (path) => readFileSync(path, 'utf8') })
      return
    case 'login':
      // A program of its own, which reads what follows its name.
      process.argv.splice(2, 1)
      await import('./login.ts')
      return
    case 'dead-letters':
      process.exitCode = runDeadLetters(args, {
        env: process.env,
        now: Date.now,
        write: (text) => process.stdout.write(text),
      })
      return
    case 'forget-checkpoint':
      process.exitCode = runForgetCheckpoint(args, {
        env: process.env,
        write: (text) => process.stdout.write(text),
      })
      return
    default:
      process.stderr.write(usage)
      process.exitCode = 64
  }
}

await main(process.argv.slice(2))
