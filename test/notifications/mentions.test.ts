import { describe, expect, it } from 'vitest'
import { maxMentions, resolveMentions } from '../../src/notifications/mentions.ts'

const staff = [
  { id: 'olena', name: 'Олена' },
  { id: 'olena-k', name: 'Олена Коваль' },
  { id: 'taras', name: 'Taras' },
  { id: 'ivan-1', name: 'Іван Бондар' },
  { id: 'ivan-2', name: 'Іван Бондар' },
  { id: 'darya', name: 'Дар’я' },
  { id: 'jose', name: 'José' },
  { id: 'nobody', name: ' ' },
]
const idsOf = (text: string, picked: string[] = []) => resolveMentions({ text, picked, staff }).ids

describe('a note calls', () => {
  it.each([
    ['@Taras please look', ['taras']],
    ['please look, @taras', ['taras']],
    ['@TARAS!', ['taras']],
    ['(@Taras)', ['taras']],
    ['@Олена глянь', ['olena']],
    ['@Олена Коваль глянь', ['olena-k']],
    ['@Олена  Коваль глянь', ['olena-k']],
    ['@олена коваль', ['olena-k']],
    ['@Олена Ковальська', ['olena']],
    ['@Оленачка', []],
    ["@Дар'я і @Taras", ['darya', 'taras']],
    ['@Jose\u0301 mira', ['jose']],
    ['@Taras @Taras', ['taras']],
    ['taras@Taras.example', []],
    ['mail to x@taras', []],
    ['@@Taras', []],
    ['Taras', []],
    ['@', []],
    ['@ Taras', []],
    ['@nobody', []],
    ['', []],
  ])('%j: %j', (text, ids) => {
    expect(idsOf(text)).toEqual(ids)
  })

  it('nobody by a name that two people have, unless one was picked', () => {
    expect(idsOf('@Іван Бондар')).toEqual([])
    expect(idsOf('@Іван Бондар', ['ivan-2'])).toEqual(['ivan-2'])
  })

  it('whoever was picked, whatever the text says', () => {
    expect(idsOf('no name here', ['taras'])).toEqual(['taras'])
    expect(idsOf('@Олена', ['olena-k'])).toEqual(['olena-k', 'olena'])
    expect(idsOf('@Taras', ['taras', 'taras'])).toEqual(['taras'])
  })

  it('nobody who is not of the staff, and says so', () => {
    expect(resolveMentions({ text: '@Taras', picked: ['stranger', 'taras'], staff })).toEqual({
      ids: ['taras'],
      unknown: ['stranger'],
    })
  })

  it('twenty people at most', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ id: `u${n}`, name: `User${n}` }))
    expect(resolveMentions({ text: '', picked: many.map(({ id }) => id), staff: many }).ids).toHaveLength(maxMentions)
  })

  it('in a long text as fast as in a short one', () => {
    const startedAt = performance.now()
    idsOf(`${'@Олен '.repeat(20_000)}@Taras`)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
