import { createFormat, type Format } from '../text/format.ts'
import { en, type Dictionary, type TextKey } from './en.ts'
import { createSay, type Params } from './say.ts'
import { uk } from './uk.ts'

export const languages = ['en', 'uk'] as const
export type Language = (typeof languages)[number]

const dictionaries: Readonly<Record<Language, Dictionary>> = { en, uk }
// British for English: day before month and a 24-hour clock, as everywhere in this inbox's part of the world.
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', uk: 'uk-UA' }

/** The words of the page in one language. A plural text needs `n`. */
export type Texts = {
  language: Language
  t(key: TextKey, params?: Params): string
  format: Format
}

/** Without a time zone, times are the machine's own. */
export function createTexts(language: Language, timeZone?: string): Texts {
  return {
    language,
    format: createFormat(locales[language], timeZone),
    t: createSay<TextKey>(dictionaries[language], locales[language]),
  }
}

/** The stored choice if it is one of ours, else the first wish of the browser that is, else English. */
export function chooseLanguage(stored: string | null, wishes: readonly string[]): Language {
  const known = (tag: string | null) => languages.find((language) => tag?.toLowerCase().split('-')[0] === language)
  return known(stored) ?? wishes.map(known).find((language) => language !== undefined) ?? 'en'
}
