import { describe, expect, it } from 'vitest'
import { createCommitter } from '../../src/hub/committer.ts'

/** Commits that end when the test says so. */
function controlled() {
  const groups: { items: string[]; end: (error?: Error) => void }[] = []
  const commit = (items: string[]): Promise<string[]> =>
    new Promise((resolve, reject) => {
      groups.push({ items, end: (error) => (error ? reject(error) : resolve(items.map((item) => `${item}!`))) })
    })
  return { groups, commit }
}
const untilReady = () => Promise.resolve()
const turn = () => new Promise((resolve) => setTimeout(resolve))

describe('group commit', () => {
  it('commits the first at once and all that came meanwhile together', async () => {
    const { groups, commit } = controlled()
    const { submit } = createCommitter({ commit, maxItems: 100, untilReady })
    const first = submit(['a'])
    await turn()
    const answers = [first, submit(['b', 'c']), submit(['d'])]
    expect(groups.map(({ items }) => items)).toEqual([['a']])
    groups[0]?.end()
    await turn()
    expect(groups.map(({ items }) => items)).toEqual([['a'], ['b', 'c', 'd']])
    groups[1]?.end()
    expect(await Promise.all(answers)).toEqual([['a!'], ['b!', 'c!'], ['d!']])
  })

  it('lets callers gather until it may begin', async () => {
    const { groups, commit } = controlled()
    let begin: () => void = () => undefined
    const waiting = new Promise<void>((resolve) => (begin = resolve))
    const { submit } = createCommitter({ commit, maxItems: 100, untilReady: () => waiting })
    const answers = [submit(['a']), submit(['b'])]
    await turn()
    expect(groups).toEqual([])
    begin()
    await turn()
    expect(groups.map(({ items }) => items)).toEqual([['a', 'b']])
    groups[0]?.end()
    expect(await Promise.all(answers)).toEqual([['a!'], ['b!']])
  })

  it('tells how many wait and how many shared the last commit', async () => {
    const { groups, commit } = controlled()
    const told: number[][] = []
    const { submit } = createCommitter({
      commit,
      maxItems: 100,
      untilReady: async ({ waiting, inLastCommit }) => void told.push([inLastCommit, waiting()]),
    })
    const answers = [submit(['a'])]
    await turn()
    answers.push(submit(['b', 'c']), submit(['d']))
    groups[0]?.end()
    await turn()
    answers.push(submit(['e']))
    groups[1]?.end()
    await turn()
    groups[2]?.end()
    await Promise.all(answers)
    expect(told).toEqual([
      [0, 1],
      [1, 2],
      [2, 1],
    ])
  })

  it('never has two commits under way', async () => {
    let running = 0
    const commit = async (items: number[]): Promise<number[]> => {
      running += 1
      expect(running).toBe(1)
      await turn()
      running -= 1
      return items
    }
    const { submit } = createCommitter({ commit, maxItems: 3, untilReady })
    await Promise.all(Array.from({ length: 20 }, (_, n) => submit([n, n])))
  })

  it('fails those whose commit failed and goes on with the next', async () => {
    const { groups, commit } = controlled()
    const { submit } = createCommitter({ commit, maxItems: 100, untilReady })
    const first = submit(['a'])
    await turn()
    const second = submit(['b'])
    groups[0]?.end(new Error('database is away'))
    await expect(first).rejects.toThrow('database is away')
    await turn()
    groups[1]?.end()
    expect(await second).toEqual(['b!'])
  })

  it('keeps groups small, but never cuts one caller in two', async () => {
    const { groups, commit } = controlled()
    const { submit } = createCommitter({ commit, maxItems: 3, untilReady })
    const first = submit(['a'])
    await turn()
    const answers = [first, submit(['b', 'c']), submit(['d', 'e']), submit(['f', 'g', 'h', 'i'])]
    for (let n = 0; n < 4; n++) {
      groups[n]?.end()
      await turn()
    }
    expect(groups.map(({ items }) => items.length)).toEqual([1, 2, 2, 4])
    expect((await Promise.all(answers)).map((results) => results.length)).toEqual([1, 2, 2, 4])
  })
})
