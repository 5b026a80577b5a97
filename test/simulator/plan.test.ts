import { describe, expect, it } from 'vitest'
import { describeOperation, planHistory } from './plan.ts'
import { createRandom } from './random.ts'
import { createVirtualClock } from './virtual-clock.ts'
import { deliveryOf } from './wire.ts'
import { historyStart } from './world.ts'

describe('a plan', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(planHistory('a.1')).toEqual(planHistory('a.1'))
    expect(planHistory('a.1')).not.toEqual(planHistory('a.2'))
  })

  it('has every update sent by somebody', () => {
    for (let history = 1; history <= 50; history++) {
      const { updates, operations } = planHistory(`all.${history}`)
      const sent = new Set(
        operations.flatMap((operation) => {
          if (operation.kind === 'gap') return operation.deliveries.flat()
          if (operation.kind === 'duel') return [...operation.elsewhere, ...operation.updates]
          if (operation.kind === 'relay') {
            return [operation.before, operation.elsewhere, operation.between, operation.here]
          }
          return 'updates' in operation ? [...operation.updates] : []
        }),
      )
      expect(updates.map(({ key }) => key).filter((key) => !sent.has(key))).toEqual([])
    }
  })

  it('holds every kind of operation, client action and update among a hundred', () => {
    const plans = Array.from({ length: 100 }, (_, at) => planHistory(`kinds.${at}`))
    const operations = plans.flatMap((plan) => plan.operations)
    expect(new Set(operations.map(({ kind }) => kind)).size).toBe(31)
    const actions = operations.flatMap((operation) => (operation.kind === 'client' ? [operation.action] : []))
    expect(new Set(actions).size).toBe(15)
    expect(new Set(plans.flatMap(({ updates }) => updates.map(({ kind }) => kind))).size).toBe(6)
  })

  it('brings some updates before the message they are about, and some about a message that never comes', () => {
    const plans = Array.from({ length: 20 }, (_, at) => planHistory(`early.${at}`))
    const orphans = plans.flatMap(({ updates }) =>
      updates.filter(({ kind, externalId, tenant }) => {
        const isMessage = (other: (typeof updates)[number]): boolean =>
          other.kind === 'message' && other.externalId === externalId && other.tenant === tenant
        return kind !== 'message' && kind !== 'unreadable' && !updates.some(isMessage)
      }),
    )
    expect(orphans.length).toBeGreaterThan(3)
    expect(
      plans
        .flatMap(({ operations }) => operations)
        .map(describeOperation)
        .join('\n'),
    ).toContain('deliver updates=')
  })

  it('becomes deliveries that name nothing but the accounts of their tenant', () => {
    const { updates } = planHistory('wire.1')
    const mail = updates.filter(({ via }) => via === 'whatsapp')
    const accountsOf = (tenant: number) => ({
      phoneNumberId: `phone ${tenant}`,
      businessAccountId: `account ${tenant}`,
      telegramId: '',
    })
    const text = JSON.stringify(
      deliveryOf(
        mail.filter(({ tenant }) => tenant === 1),
        accountsOf,
      ),
    )
    expect(text).toContain('phone 1')
    expect(text).not.toMatch(/phone 0|account 0|of tenant 0/)
  })
})

describe('seeded chance', () => {
  it('is spread evenly, and each fork goes its own way', () => {
    const random = createRandom('x')
    const drawn = Array.from({ length: 2_000 }, () => random.int(0, 9))
    for (let digit = 0; digit < 10; digit++) {
      expect(drawn.filter((one) => one === digit).length).toBeGreaterThan(140)
    }
    const [a, b] = [createRandom('x').fork('a'), createRandom('x').fork('b')]
    expect([a.next(), a.next()]).not.toEqual([b.next(), b.next()])
    expect(createRandom('x').fork('a').next()).toBe(createRandom('x').fork('a').next())
  })

  it('weighs names and shuffles without losing any', () => {
    const random = createRandom('y')
    const drawn = Array.from({ length: 1_000 }, () => random.weighted({ often: 9, seldom: 1, never: 0 }))
    expect(drawn.filter((one) => one === 'often').length).toBeGreaterThan(800)
    expect(drawn).not.toContain('never')
    expect(new Set(random.shuffle([1, 2, 3, 4, 5]))).toEqual(new Set([1, 2, 3, 4, 5]))
  })
})

describe('the clock of a history', () => {
  it('runs timers in order, those of a sleeper when it wakes', () => {
    const clock = createVirtualClock(() => 0)
    const rang: string[] = []
    const sleeper = { isAsleep: true, isAwake: () => !sleeper.isAsleep }
    const awake = { isAwake: () => true }
    clock.setTimer(awake, () => rang.push('second'), 20)
    clock.setTimer(awake, () => rang.push('first'), 10)
    clock.setTimer(sleeper, () => rang.push('sleeper'), 5)
    const cancel = clock.setTimer(awake, () => rang.push('never'), 15)
    cancel()
    while (clock.runNext(historyStart + 30));
    expect(rang).toEqual(['first', 'second'])
    expect(clock.now()).toBe(historyStart + 30)
    sleeper.isAsleep = false
    while (clock.runNext(historyStart + 30));
    expect(rang).toEqual(['first', 'second', 'sleeper'])
  })

  it('lets the servers be wrong, and tells what time they had', () => {
    let real = 100
    const clock = createVirtualClock(() => real)
    clock.restart()
    real = 200
    clock.jumpServer(-60_000)
    expect(clock.now()).toBe(historyStart)
    expect(clock.serverNow()).toBe(historyStart - 60_000)
    expect(clock.serverTimeOf(150)).toBe(historyStart)
    expect(clock.serverTimeOf(250)).toBe(historyStart - 60_000)
  })
})
