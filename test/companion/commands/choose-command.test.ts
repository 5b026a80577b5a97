import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChoiceContext, type OpenCommand, chooseCommand } from '../../../companion/commands/choose-command.ts'

const context: ChoiceContext = { now: 10_000, heldUntil: 0, lastSentAt: new Map(), paceMs: 1_000 }
const command = (seq: number, conversation: string, waitUntil = 0): OpenCommand => ({
  id: `c${seq}`,
  seq,
  conversation,
  waitUntil,
})

describe('the next command', () => {
  it('is the first one', () => {
    const first = command(1, 'a')
    expect(chooseCommand([first, command(2, 'b')], context)).toEqual({ kind: 'run', command: first })
    expect(chooseCommand([], context)).toBeNull()
  })

  it('is never a later one of a conversation whose first one waits', () => {
    const open = [command(1, 'a', 12_000), command(2, 'a'), command(3, 'b')]
    expect(chooseCommand(open, context)).toMatchObject({ kind: 'run', command: { seq: 3 } })
    expect(chooseCommand(open.slice(0, 2), context)).toEqual({ kind: 'wait', until: 12_000 })
  })

  it('waits for the pace of its conversation only', () => {
    const lastSentAt = new Map([['a', 9_500]])
    expect(chooseCommand([command(1, 'a')], { ...context, lastSentAt })).toEqual({ kind: 'wait', until: 10_500 })
    expect(chooseCommand([command(1, 'a'), command(2, 'b')], { ...context, lastSentAt })).toMatchObject({
      command: { seq: 2 },
    })
  })

  it('is none while the whole account has to be still', () => {
    expect(chooseCommand([command(1, 'a')], { ...context, heldUntil: 10_001 })).toEqual({ kind: 'wait', until: 10_001 })
    expect(chooseCommand([command(1, 'a')], { ...context, heldUntil: 10_000 })).toMatchObject({ kind: 'run' })
  })

  it('keeps the order of every conversation, whatever waits', () => {
    const conversation = fc.constantFrom('a', 'b', 'c')
    const draft = fc.record({ conversation, waits: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 2 }) })
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 25 }), fc.integer({ min: 0, max: 20 }), (drafts, paceMs) => {
        let open = drafts.map(({ conversation }, seq) => command(seq, conversation))
        const waits = drafts.map((one) => [...one.waits])
        const lastSentAt = new Map<string, number>()
        const done: OpenCommand[] = []
        let now = 0
        for (let guard = 0; guard < 1_000 && open.length > 0; guard++) {
          const choice = chooseCommand(open, { now, heldUntil: 0, lastSentAt, paceMs })
          if (choice?.kind === 'wait') {
            expect(choice.until).toBeGreaterThan(now)
            now = choice.until
          }
          if (choice?.kind !== 'run') continue
          const { command: chosen } = choice
          const sent = lastSentAt.get(chosen.conversation)
          if (sent !== undefined) expect(now - sent).toBeGreaterThanOrEqual(paceMs)
          lastSentAt.set(chosen.conversation, now)
          const wait = waits[chosen.seq]?.shift()
          if (wait !== undefined) open = open.map((one) => (one === chosen ? { ...one, waitUntil: now + wait } : one))
          else {
            done.push(chosen)
            open = open.filter((one) => one !== chosen)
          }
        }
        expect(done).toHaveLength(drafts.length)
        for (const ofOne of Map.groupBy(done, (one) => one.conversation).values()) {
          expect(ofOne.map(({ seq }) => seq)).toEqual(ofOne.map(({ seq }) => seq).toSorted((a, b) => a - b))
        }
      }),
    )
  })
})
