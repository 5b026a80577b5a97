import { describe, expect, it } from 'vitest'
import { en, type PluralText, type TextKey } from '../../../src/ui/i18n/en.ts'
import { chooseLanguage, createTexts } from '../../../src/ui/i18n/texts.ts'
import { uk } from '../../../src/ui/i18n/uk.ts'

const keys = Object.keys(en) as TextKey[]
const formsOf = (text: string | PluralText) => (typeof text === 'string' ? [text] : Object.values(text))
const placeholders = (text: string | PluralText) =>
  new Set(formsOf(text).flatMap((form) => Array.from(form.matchAll(/\{\w+\}/g), ([name]) => name)))

describe('the dictionaries', () => {
  it('have the same keys', () => {
    expect(Object.keys(uk).toSorted()).toEqual(keys.toSorted())
  })
  it('fill the same gaps, with plurals in the same places', () => {
    for (const key of keys) {
      expect([key, placeholders(uk[key])]).toEqual([key, placeholders(en[key])])
      expect([key, typeof uk[key]]).toEqual([key, typeof en[key]])
    }
  })
  it('have a form for every plural category of their language', () => {
    for (const [texts, locale] of [
      [en, 'en'],
      [uk, 'uk'],
    ] as const) {
      const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted()
      const plurals = Object.values<string | PluralText>(texts).filter((text) => typeof text !== 'string')
      expect(plurals.length).toBeGreaterThan(3)
      for (const text of plurals) expect(Object.keys(text).toSorted()).toEqual(categories)
    }
  })
  it('leave no text empty', () => {
    for (const text of [...Object.values(en), ...Object.values(uk)].flatMap(formsOf)) expect(text.trim()).not.toBe('')
  })
})

describe('t', () => {
  it('chooses the plural form of its language', () => {
    const { t } = createTexts('uk')
    const said = [1, 2, 5, 11, 21].map((n) => t('thread.new', { n }))
    expect(said).toEqual([
      '1 нове повідомлення',
      '2 нові повідомлення',
      '5 нових повідомлень',
      '11 нових повідомлень',
      '21 нове повідомлення',
    ])
    expect(createTexts('en').t('thread.new', { n: 1 })).toBe('1 new message')
  })
  it('puts a value in as it is, whatever signs it has', () => {
    expect(createTexts('en').t('list.you', { text: '$& {text} $1' })).toBe('You: $& {text} $1')
  })
})

describe('chooseLanguage', () => {
  it('takes the stored choice, then the first wish it knows, then English', () => {
    expect(chooseLanguage('uk', ['en-GB'])).toBe('uk')
    expect(chooseLanguage(null, ['pl-PL', 'uk-UA', 'en'])).toBe('uk')
    expect(chooseLanguage('xx', ['de'])).toBe('en')
    expect(chooseLanguage(null, [])).toBe('en')
  })
})
