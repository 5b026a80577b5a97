import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Account, AttemptOutcome } from '../../../companion/account.ts'
import { createCommandRunner } from '../../../companion/commands/command-runner.ts'
import { createCommandStore } from '../../../companion/commands/command-store.ts'
import type { Command } from '../../../src/protocol/companion.ts'
import type { FailureKind } from '../../../src/protocol/message.ts'
import { makeFolder, openTestSpool, account as owner } from '../spool/setup.ts'

const account = 'telegram:1001'
const startAt = Date.parse('2026-11-23T10:00:00.000Z')
const hourMs = 3_600_000

beforeEach(() => void vi.useFakeTimers({ now: startAt }))
afterEach(() => void vi.useRealTimers())

function makeRunner(outcomes: AttemptOutcome[], paceMs = 0, folder = makeFolder()) {
  const spool = openTestSpool(folder)
  // The wall clock may be set; fake timers move the other one.
  const clock = { skew: 0 }
  const now = () => Date.now() + clock.skew
  const store = createCommandStore({ database: spool.database, now, nonceOf: () => 1n })
  const sent: string[] = []
  const live = {
    isReady: () => true,
    send({ command }) {
      const outcome = outcomes.shift() ?? { kind: 'sent', external_id: '1' }
      if (outcome.kind === 'sent') sent.push(command.content)
      return Promise.resolve(outcome)
    },
  } satisfies Pick<Account, 'isReady' | 'send'>
  const runner = createCommandRunner({
    ...{ account, store, paceMs, now },
    spool: spool.forAccount(owner),
    acting: () => live as unknown as Account,
    ended: () => undefined,
    log: pino({ level: 'silent' }),
    ticks: () => performance.now(),
    crash: (error) => {
      throw error
    },
  })
  const give = (...contents: string[]) => {
    const commands = contents.map((content, at): Command => {
      const [id, message_id] = [crypto.randomUUID(), crypto.randomUUID()]
      const conversation = { external_id: 'chat', thread: '' }
      const rest = { type: 'text' as const, reply_to_external_id: null, attachments: [], mail: null }
      return { seq: at + 1, id, message_id, conversation, content, ...rest, created_at: new Date(now()).toISOString() }
    })
    store.add(account, commands, { token: 1, since: 0 })
    runner.wake()
  }
  return { clock, runner, sent, give, store, folder }
}

const floodOf = (ms: number, code: string): AttemptOutcome => ({
  kind: 'waiting',
  until: new Date(startAt + ms).toISOString(),
  error: { code, title: 'Wait', details: null },
})

const failureOf = (kind: FailureKind, holds: 'account' | 'conversation'): AttemptOutcome => ({
  kind: 'waiting',
  until: new Date(startAt + hourMs).toISOString(),
  error: { code: 'smtp.535', title: 'Wait', details: null, kind },
  holds,
})

describe('a new start', () => {
  /** One that has tried what was given to it, and ended. */
  async function former(outcome: AttemptOutcome) {
    const before = makeRunner([outcome])
    before.give('a', 'b')
    await vi.advanceTimersByTimeAsync(100)
    expect(before.sent).toEqual([])
    await before.runner.stop()
    return before
  }

  it.each(['token', 'unreachable'] as const)(
    'tries at once what waited for what may have been mended (%s)',
    async (kind) => {
      for (const holds of ['account', 'conversation'] as const) {
        const { folder } = await former(failureOf(kind, holds))
        const { runner, sent } = makeRunner([], 0, folder)
        runner.wake()
        await vi.advanceTimersByTimeAsync(100)
        expect(sent).toEqual(['a', 'b'])
        await runner.stop()
      }
    },
  )

  it('does so too when the Worker hands out anew what the former process had', async () => {
    const before = await former(failureOf('token', 'account'))
    const commands = before.store.open(account).map(({ id }) => before.store.begin(id).command)
    before.store.dropFormer(account, 2)
    const { runner, sent, store } = makeRunner([], 0, before.folder)
    store.add(account, commands, { token: 2, since: 0 })
    runner.wake()
    await vi.advanceTimersByTimeAsync(100)
    expect(sent).toEqual(['a', 'b'])
    await runner.stop()
  })

  it.each(['FLOOD_WAIT', 'SLOWMODE_WAIT'])('keeps to what the platform wants (%s)', async (code) => {
    const { folder } = await former(floodOf(2_000, code))
    const { runner, sent } = makeRunner([], 0, folder)
    runner.wake()
    await vi.advanceTimersByTimeAsync(1_700)
    expect(sent).toEqual([])
    await vi.advanceTimersByTimeAsync(300)
    expect(sent).toEqual(['a', 'b'])
    await runner.stop()
  })
})

describe('a clock that is set back by hours', () => {
  it('holds an account no longer than the platform wanted', async () => {
    const { clock, give, sent, runner } = makeRunner([floodOf(2_000, 'FLOOD_WAIT')])
    give('a')
    await vi.advanceTimersByTimeAsync(100)
    clock.skew = -5 * hourMs
    runner.wake()
    await vi.advanceTimersByTimeAsync(1_700)
    expect(sent).toEqual([])
    await vi.advanceTimersByTimeAsync(300)
    expect(sent).toEqual(['a'])
    await runner.stop()
  })

  it('holds a conversation no longer than the platform wanted', async () => {
    const { clock, give, sent, runner } = makeRunner([floodOf(2_000, 'SLOWMODE_WAIT')])
    give('a')
    await vi.advanceTimersByTimeAsync(100)
    clock.skew = -5 * hourMs
    await vi.advanceTimersByTimeAsync(2_000)
    expect(sent).toEqual(['a'])
    await runner.stop()
  })

  it('makes no pause between two messages longer', async () => {
    const { clock, give, sent, runner } = makeRunner([], 1_000)
    give('a', 'b')
    await vi.advanceTimersByTimeAsync(100)
    clock.skew = -5 * hourMs
    expect(sent).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent).toEqual(['a', 'b'])
    await runner.stop()
  })
})
