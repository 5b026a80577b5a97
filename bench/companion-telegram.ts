import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { root } from '../scripts/lib/paths.ts'
import { stopChild } from '../scripts/lib/run.ts'
import { ask } from './companion-ask.ts'
import type { Said } from '../test/companion/fake-dc/timeline.ts'
import type { UpdateState } from '../companion/telegram/session-storage.ts'

/** A login of an account, as a checkpoint holds it. */
export type TelegramLogin = { session: string; state: Omit<UpdateState, 'channels'> }

/** The stand-in for Telegram, in a process of its own: what it uses is nobody else's. */
export type Telegram = {
  port: number
  publicKey: string
  addAccount: (id: number) => Promise<void>
  addUser: (id: number) => Promise<void>
  login: (account: number) => Promise<TelegramLogin>
  /** Resolves when all of it was said and pushed. */
  say: (all: readonly Said[]) => Promise<void>
  stop: () => Promise<void>
}

const Started = z.object({ port: z.number(), control: z.number(), public_key: z.string() })

export async function startTelegram(): Promise<Telegram> {
  const main = join(root, 'test/companion/fake-dc/main.ts')
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { port, control, public_key: publicKey } = await startOf(child)
  const call = async (name: string, ...args: unknown[]): Promise<unknown> => {
    const url = `http://127.0.0.1:${control}/${name}`
    const { status, body } = await ask('The data centre', url, { method: 'POST', body: JSON.stringify(args) })
    if (status !== 200) throw new Error(`${name} was answered ${status}: ${JSON.stringify(body)}`)
    return body
  }
  return {
    port,
    publicKey,
    addAccount: async (id) => void (await call('addAccount', { id })),
    addUser: async (id) => void (await call('addUser', { id })),
    login: async (account) => ({
      session: (await call('sessionOf', account)) as string,
      state: (await call('stateOf', account)) as TelegramLogin['state'],
    }),
    say: async (all) => void (await call('sayAll', all)),
    stop: () => stopChild(child),
  }
}

async function startOf(child: ChildProcess): Promise<z.infer<typeof Started>> {
  if (child.stdout === null) throw new Error('The data centre has no output')
  const lines = createInterface(child.stdout)
  const ended = once(child, 'exit').then(() => ['nothing'])
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as string[]
  if (line === undefined || line === 'nothing') throw new Error('The data centre ended by itself')
  return Started.parse(JSON.parse(line))
}
