import { tl, type BaseTelegramClient } from '@mtcute/node'
import { describe, expect, it } from 'vitest'
import type { AccountSpool } from '../../../companion/account.ts'
import { openHoles } from '../../../companion/telegram/holes.ts'
import { createReconciler } from '../../../companion/telegram/reconcile.ts'
import { quietLog, until } from './listening.ts'

function memorySpool(): AccountSpool {
  const kept = new Map<string, string>()
  const set = (name: string, value: string | null) => void (value === null ? kept.delete(name) : kept.set(name, value))
  return {
    transaction: (work) => work({ add: () => {}, set }),
    read: (name) => kept.get(name) ?? null,
    list: (prefix) =>
      new Map(
        [...kept].flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
      ),
    knows: () => false,
  }
}

/** Searches for what was missed against a server that answers with these errors, one for each call, and then finds nothing. */
function search(errors: tl.RpcError[]) {
  const answers = errors.values()
  const call = () => {
    const { value: error } = answers.next()
    if (error) return Promise.reject(error)
    return Promise.resolve({ _: 'messages.dialogs', dialogs: [], messages: [], users: [], chats: [] })
  }
  const holes = openHoles(memorySpool())
  const pauses: number[] = []
  const abandoned: string[] = []
  let isBusy = false
  const reconciler = createReconciler({
    base: { call } as unknown as BaseTelegramClient,
    holes,
    tell: () => {},
    log: quietLog,
    pause: (ms) => {
      pauses.push(ms)
      return Promise.resolve(true)
    },
    busy: (is) => void (isBusy = is),
    abandoned: (box) => {
      // Said while it is still open: a crash in between says it again.
      expect(holes.get(box)).not.toBeNull()
      abandoned.push(box)
    },
    since: 0,
    counted: new Set(),
  })
  reconciler.missed('common', 1_700_000_000)
  return { holes, pauses, abandoned, ended: () => until(() => !isBusy) }
}

const flood = (seconds: number) => tl.RpcError.fromTl({ errorCode: 420, errorMessage: `FLOOD_WAIT_${seconds}` })
const broken = () => tl.RpcError.fromTl({ errorCode: 500, errorMessage: 'INTERNAL' })

describe('a search for what was missed', () => {
  it('waits as long as Telegram asks, however often, and does not give up for it', async () => {
    const { holes, pauses, abandoned, ended } = search(Array.from({ length: 100 }, () => flood(1_800)))
    await ended()
    expect(abandoned).toEqual([])
    expect(holes.get('common')).toBeNull()
    expect(pauses.filter((ms) => ms >= 1_800_000)).toHaveLength(100)
  })

  it('gives up after half an hour of answers that are no answers, and says so', async () => {
    const { holes, pauses, abandoned, ended } = search(Array.from({ length: 40 }, broken))
    await ended()
    expect(abandoned).toEqual(['common'])
    expect(holes.get('common')).toBeNull()
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(25 * 60_000)
  })

  it('does not give up before', async () => {
    const { holes, abandoned, ended } = search(Array.from({ length: 29 }, broken))
    await ended()
    expect(abandoned).toEqual([])
    expect(holes.get('common')).toBeNull()
  })
})
