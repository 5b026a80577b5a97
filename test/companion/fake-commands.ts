import { randomUUID } from 'node:crypto'
import type { Command, CommandPage, CommandResult, ResultsBody } from '../../src/protocol/companion.ts'
import type { FakeDoorbell } from './fake-doorbell.ts'
import type { FakeLeases } from './fake-leases.ts'

/** Replies on their way to the customers. */
export type FakeCommands = {
  /** Commits one and rings, unless `isQuiet`. */
  add(account: string, command: Partial<Command> & { to: string; content: string }, isQuiet?: boolean): Command
  page(account: string, token: number, after: number): CommandPage
  take(body: ResultsBody): { settled: string[] }
  cursor(account: string): number
  open(account: string): Command[]
  /** Everything that was told, in the order it came. */
  told: CommandResult[]
  /** How each one ended. */
  ended: Map<string, CommandResult['outcome']>
  /** As if the database were of a day before all of them. */
  restore(): void
  /** Takes results without settling any, as long as it is set. */
  settlesNothing: boolean
}

const pageSize = 20

export function createFakeCommands(leases: FakeLeases, doorbell: FakeDoorbell): FakeCommands {
  const all: { account: string; command: Command; handedTo: string | null }[] = []
  const ended = new Map<string, CommandResult['outcome']>()
  /** What a former holder was given is known to nobody. */
  const giveUp = (account: string, holder: string | undefined) => {
    const error = { code: 'companion.replaced', title: 'Unknown', details: null }
    for (const { account: of, command, handedTo } of all) {
      if (of !== account || handedTo === null || handedTo === holder || holder === undefined) continue
      if (!ended.has(command.id)) ended.set(command.id, { kind: 'unknown', error })
    }
  }
  leases.onHolder(giveUp)
  const open = (account: string) =>
    all.filter((one) => one.account === account && !ended.has(one.command.id)).map(({ command }) => command)
  const commands: FakeCommands = {
    told: [],
    ended,
    settlesNothing: false,
    add(account, { to, content, ...more }, isQuiet = false) {
      const command: Command = {
        seq: (all.length + 1) * 3,
        id: randomUUID(),
        message_id: randomUUID(),
        conversation: { external_id: to, thread: '' },
        type: 'text',
        content,
        reply_to_external_id: null,
        attachments: [],
        mail: null,
        created_at: new Date().toISOString(),
        ...more,
      }
      all.push({ account, command, handedTo: null })
      const [platform = ''] = account.split(':', 1)
      const told = { platform, external_id: account.slice(platform.length + 1) }
      if (!isQuiet) doorbell.send(JSON.stringify({ type: 'commands', account: told, seq: command.seq }))
      return command
    },
    page(account, token, after) {
      leases.require(account, token)
      const later = open(account).filter(({ seq }) => seq > after)
      const items = later.slice(0, pageSize)
      for (const one of all) if (items.includes(one.command)) one.handedTo = leases.of(account)?.companionId ?? null
      return { items, more: later.length > pageSize }
    },
    take({ account: { platform, external_id }, token, results }) {
      leases.require(`${platform}:${external_id}`, token)
      commands.told.push(...results)
      if (commands.settlesNothing) return { settled: [] }
      for (const { id, outcome } of results) {
        // Whoever was asked to do it still knows best.
        const isOpen = !ended.has(id) || ended.get(id)?.kind === 'unknown'
        if (outcome.kind !== 'waiting' && isOpen) ended.set(id, outcome)
      }
      return { settled: results.filter(({ id }) => ended.has(id)).map(({ id }) => id) }
    },
    restore: () => void all.splice(0),
    cursor(account) {
      const first = open(account)[0]
      const last = all.findLast((one) => one.account === account)?.command.seq ?? 0
      return first === undefined ? last : first.seq - 1
    },
    open,
  }
  return commands
}
