import { type ChildProcess, spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { supervise } from '../../../scripts/demo/supervise.ts'

const never = new AbortController().signal

function run(program: string): ChildProcess {
  return spawn(process.execPath, ['-e', program], { stdio: 'ignore' })
}

/** A supervision whose programs are these in turn, the last one again and again, and whose waits are short. */
function watch(programs: readonly string[], { aborted = never, lifeMs = 0 } = {}) {
  const children: ChildProcess[] = []
  const reasons: string[] = []
  const waits: number[] = []
  let time = 0
  const supervised = supervise({
    start: () => {
      const child = run(programs[children.length] ?? programs.at(-1) ?? '')
      child.once('exit', () => {
        time += lifeMs
      })
      children.push(child)
      return child
    },
    onEnd: (reason) => void reasons.push(reason),
    wait: async (ms) => void waits.push(ms),
    now: () => time,
    aborted,
  })
  return { supervised, children, reasons, waits }
}

const lives = 'setInterval(() => {}, 1000)'

describe('a process that is kept going', () => {
  it('is started again when it ends by itself, and it is said how it ended', async () => {
    const { supervised, children, reasons } = watch(['process.exit(70)', 'process.kill(process.pid, "SIGKILL")', lives])
    await expect.poll(() => children.length).toBe(3)
    expect(reasons).toEqual(['code 70', 'SIGKILL'])
    await supervised.stop()
    expect(children.map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([70, 'SIGKILL', 'SIGTERM'])
    expect(reasons).toHaveLength(2)
  })

  it('waits longer the more often it fails at once, and no longer after it has lived', async () => {
    const failing = watch(['process.exit(1)'])
    await expect.poll(() => failing.waits.length).toBeGreaterThan(6)
    await failing.supervised.stop()
    expect(failing.waits.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    const living = watch(['process.exit(1)'], { lifeMs: 10_000 })
    await expect.poll(() => living.waits.length).toBeGreaterThan(3)
    await living.supervised.stop()
    expect(new Set(living.waits)).toEqual(new Set([1000]))
  })

  it('is neither started again nor complained of when all of it ends', async () => {
    const ending = new AbortController()
    const { supervised, children, reasons } = watch([lives], { aborted: ending.signal })
    await expect.poll(() => children[0]?.pid).toBeGreaterThan(0)
    ending.abort()
    children[0]?.kill()
    await supervised.stop()
    expect([children.length, reasons]).toEqual([1, []])
  })
})
