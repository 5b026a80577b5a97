import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitAtNames } from '../../../src/ui/text/called-names.ts'

const namesIn = (text: string, names: readonly string[]) =>
  splitAtNames(text, names)
    .filter((part) => part.isName)
    .map((part) => part.text)

describe('splitAtNames', () => {
  it('finds each name that is called', () => {
    expect(splitAtNames('@Olena Koval and @Taras, call back', ['Olena Koval', 'Taras'])).toEqual([
      { text: '@Olena Koval', isName: true },
      { text: ' and ', isName: false },
      { text: '@Taras', isName: true },
      { text: ', call back', isName: false },
    ])
  })
  it('takes the longest name, however it is typed', () => {
    expect(namesIn('@olena  KOVAL', ['Olena', 'Olena Koval'])).toEqual(['@olena  KOVAL'])
    expect(namesIn('@олена коваль!', ['Олена Коваль'])).toEqual(['@олена коваль'])
  })
  it.each(['olena@Olena.example', '@@Olena', '@Olenas', 'Olena', '@ Olena', '@OlenaШ'])(
    'finds no name in %j',
    (text) => {
      expect(namesIn(text, ['Olena'])).toEqual([])
    },
  )
  it('takes a name literally', () => {
    expect(namesIn('@A.B (sales) and @AxB (sales)', ['A.B (sales)'])).toEqual(['@A.B (sales)'])
    expect(namesIn('@[a-z]+', ['[a-z]+'])).toEqual(['@[a-z]+'])
  })
  it('loses nothing of any text, whatever the names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string({ unit: 'grapheme' })), (text, names) => {
        const whole = names.map((name) => `${text}@${name}`).join(' ') + text
        expect(
          splitAtNames(whole, names)
            .map((part) => part.text)
            .join(''),
        ).toBe(whole)
      }),
    )
  })
})
