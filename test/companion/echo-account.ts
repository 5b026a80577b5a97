import type { Account, AccountDeps, Attempt, AttemptOutcome, SpoolRow } from '../../companion/account.ts'
import type { OpenAccount } from '../../companion/accounts.ts'
import type { EchoUpdate } from './echo-platform.ts'

/** An account on the made-up platform, which is asked over and over what there is after a cursor. */
export function createEchoOpener(platformUrl: string, pollMs = 10): OpenAccount {
  return (config, deps) => Promise.resolve(createEchoAccount(config.externalId, deps, { platformUrl, pollMs }))
}

type Place = { platformUrl: string; pollMs: number }

function createEchoAccount(account: string, deps: AccountDeps, { platformUrl, pollMs }: Place): Account {
  const { spool, restored } = deps
  const state = { isRunning: false }
  let loop: Promise<void> = Promise.resolve()
  let restoredCursor = restored
  const cursor = () => Number(spool.read('cursor') ?? restoredCursor ?? 0)

  async function listen(): Promise<void> {
    while (state.isRunning) {
      const response = await ask(`/updates?account=${account}&after=${cursor()}`).catch(() => null)
      const updates = response?.ok === true ? ((await response.json()) as EchoUpdate[]) : []
      for (const update of updates) {
        if (!state.isRunning) return
        spool.transaction((write) => {
          write.add(rowOf(deps, update))
          write.set('cursor', String(update.n + 1))
        })
        restoredCursor = null
        // As a source that speaks over a wire does: not all at once.
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (updates.length === 0) await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }

  const ask = (path: string, init?: RequestInit) =>
    fetch(`${platformUrl}${path}`, { ...init, signal: AbortSignal.timeout(5000) })

  return {
    start() {
      state.isRunning = true
      loop = listen()
      deps.report({ state: 'ok', session_state: 'connected', code: 'ok', message: '' })
      return Promise.resolve()
    },
    async stop() {
      state.isRunning = false
      await loop
    },
    send: (attempt) => send(account, attempt, ask),
    isReady: () => state.isRunning,
    async openSpooledFile(locator) {
      const response = await ask(`/file?id=${String(locator)}`)
      if (response.status === 410) return 'gone'
      const size = Number(response.headers.get('content-length'))
      if (!response.ok || response.body === null) throw new Error('not now')
      return { body: response.body, size }
    },
    checkpoint: () => String(cursor()),
  }
}

function rowOf({ account: channel }: AccountDeps, { chat, id, text, file, album }: EchoUpdate): SpoolRow {
  const attachments =
    file === undefined ? [] : [{ key: 'f', filename: `${file}.bin`, mime_type: 'application/octet-stream' }]
  return {
    kind: 'item',
    key: `echo:${id}`,
    lane: chat,
    item: {
      channel,
      conversation: { external_id: chat, client_name: 'Somebody' },
      message: {
        external_id: id,
        direction: 'inbound',
        type: 'text',
        content: text,
        created_at: '2026-11-23T10:00:00.000Z',
        attachments,
      },
    },
    ...(file !== undefined && {
      files: [{ key: 'f', filename: `${file}.bin`, mimeType: 'application/octet-stream', locator: file }],
    }),
    ...(album !== undefined && { album }),
  }
}

async function send(
  account: string,
  { command, nonce, isRepeat }: Attempt,
  ask: (path: string, init?: RequestInit) => Promise<Response>,
): Promise<AttemptOutcome> {
  const { external_id: chat } = command.conversation
  const body = JSON.stringify({ chat, text: command.content, nonce: String(nonce), isRepeat })
  const later = (ms: number, code: string): AttemptOutcome => ({
    kind: 'waiting',
    until: new Date(Date.now() + ms).toISOString(),
    error: { code, title: 'Later', details: null, kind: 'rate_limit' },
  })
  try {
    const response = await ask(`/send?account=${account}`, { method: 'POST', body })
    if (response.status === 429) {
      const { waitMs } = (await response.json()) as { waitMs: number }
      return later(waitMs, command.content.startsWith('flood') ? 'FLOOD_WAIT' : 'SLOWMODE_WAIT')
    }
    const { id } = (await response.json()) as { id: string }
    return { kind: 'sent', external_id: `echo-${id}` }
  } catch {
    // The nonce makes a repetition safe.
    return later(20, 'lost')
  }
}
