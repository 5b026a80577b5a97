import { describe, expect, it } from 'vitest'
import { mentionAt, mentionsIn, suggest, withMention } from '../../../src/ui/rules/mentions.ts'

const staff = [
  { user_id: 'b', name: 'Boris Koval', role: 'manager' as const },
  { user_id: 'o', name: 'Олена Коваль', role: 'manager' as const },
  { user_id: 'k', name: 'Kovalenko', role: 'admin' as const },
]
const names = (query: string, ownId: string | null = null) => suggest(staff, query, ownId).map(({ name }) => name)

describe('the name at the caret', () => {
  it.each([
    ['Ask @bor', 'bor'],
    ['@', ''],
    ['(@Boris Ko', 'Boris Ko'],
    ['one @Boris Koval two @ol', 'ol'],
  ])('%s', (text, query) => {
    expect(mentionAt(text, text.length)?.query).toBe(query)
  })
  it.each(['no name', 'olena@client', '@ name', '@one\n', '@two  blanks', `@${'x'.repeat(80)}`])(
    'is none in %j',
    (text) => {
      expect(mentionAt(text, text.length)).toBeNull()
    },
  )
  it('is that before the caret, wherever it stands', () => {
    expect(mentionAt('@bor about @ol', 4)).toEqual({ from: 0, query: 'bor' })
  })
})

it('suggests whose name or surname begins so, but not the writer', () => {
  expect(names('kov')).toEqual(['Boris Koval', 'Kovalenko'])
  expect(names('КОВ')).toEqual(['Олена Коваль'])
  expect(names('boris k')).toEqual(['Boris Koval'])
  expect(names('')).toHaveLength(3)
  expect(names('kov', 'b')).toEqual(['Kovalenko'])
})

it('puts the name in, with a blank after it, and the caret behind', () => {
  const query = { from: 4, query: 'bor' }
  expect(withMention('Ask @bor please', query, { id: 'b', name: 'Boris Koval' })).toEqual({
    text: 'Ask @Boris Koval please',
    caret: 17,
  })
})

it('names only those who still stand in the text', () => {
  const picked = [
    { id: 'b', name: 'Boris Koval' },
    { id: 'k', name: 'Kovalenko' },
  ]
  expect(mentionsIn('Ask @Kovalenko', picked)).toEqual([picked[1]])
})
