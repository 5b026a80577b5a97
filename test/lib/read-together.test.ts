import { describe, expect, it } from 'vitest'
import { createReadTogether } from '../../src/lib/read-together.ts'

const never = () => new Promise<void>(() => undefined)

/** A read that ends when the test says so, and counts how often it was begun. */
function controlled() {
  const begun: PromiseWithResolvers<string>[] = []
  const read = () => {
    const reading = Promise.withResolvers<string>()
    begun.push(reading)
    return reading.promise
  }
  return { begun, read }
}

describe('reading together', () => {
  it('reads once for all who ask at the same time, for each key', async () => {
    const { begun, read } = controlled()
    const readTogether = createReadTogether<string>(never)
    const answers = ['a', 'a', 'a', 'b'].map((key) => readTogether(key, read))
    expect(begun).toHaveLength(2)
    begun[0]?.resolve('of a')
    begun[1]?.resolve('of b')
    expect(await Promise.all(answers)).toEqual(['of a', 'of a', 'of a', 'of b'])
  })

  it('reads again for whoever asks later', async () => {
    const readTogether = createReadTogether<string>(never)
    expect(await readTogether('a', () => Promise.resolve('old'))).toBe('old')
    expect(await readTogether('a', () => Promise.resolve('new'))).toBe('new')
  })

  it('lets the others read for themselves when the first read fails', async () => {
    const { begun, read } = controlled()
    const readTogether = createReadTogether<string>(never)
    const first = readTogether('a', read)
    const second = readTogether('a', () => Promise.resolve('own'))
    begun[0]?.reject(new Error('database is away'))
    await expect(first).rejects.toThrow('database is away')
    expect(await second).toBe('own')
  })

  it('waits for a first read that never ends only so long, and only once', async () => {
    const { begun, read } = controlled()
    let waits = 0
    const readTogether = createReadTogether<string>(async () => {
      waits += 1
    })
    void readTogether('a', read)
    expect(await readTogether('a', () => Promise.resolve('own'))).toBe('own')
    expect(await readTogether('a', () => Promise.resolve('next'))).toBe('next')
    expect([begun.length, waits]).toEqual([1, 1])
  })
})
