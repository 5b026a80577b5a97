import type { ImapFlow } from 'imapflow'
import { connectImap, type ImapDeps, leave } from './connect-imap.ts'
import { within } from './within.ts'

/** Short work on a connection beside those that watch: it is made when it is needed, and kept for a moment. */
export type Errands = {
  /** @throws whatever the work or the connection does */
  run<Value>(work: (client: ImapFlow) => Promise<Value>): Promise<Value>
  close(): Promise<void>
}

const errandMs = 2 * 60_000
/** What is under way when all ends may take this long. */
const graceMs = 1500

export function createErrands(deps: ImapDeps): Errands {
  const closing = new AbortController()
  let held: ImapFlow | null = null
  let timer: NodeJS.Timeout | null = null
  let last: Promise<unknown> = Promise.resolve()

  async function drop(): Promise<void> {
    const client = held
    held = null
    if (client !== null) await leave(client)
  }

  async function runNow<Value>(work: (client: ImapFlow) => Promise<Value>): Promise<Value> {
    if (timer !== null) clearTimeout(timer)
    const client = held?.usable === true ? held : await connectImap(deps, closing.signal)
    held = client
    try {
      return await within(errandMs, work(client), () => client.close())
    } catch (error) {
      // What state it left behind nobody knows.
      client.close()
      held = null
      throw error
    } finally {
      timer = setTimeout(() => void drop(), deps.timing.errandIdleMs)
      timer.unref()
    }
  }

  return {
    run(work) {
      const turn = last.then(() => runNow(work))
      last = turn.catch(() => undefined)
      return turn
    },
    async close() {
      closing.abort()
      const client = held
      const timeout = setTimeout(() => client?.close(), graceMs)
      await last
      clearTimeout(timeout)
      if (timer !== null) clearTimeout(timer)
      await drop()
    },
  }
}
