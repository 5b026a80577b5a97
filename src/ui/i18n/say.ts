import type { PluralText } from './plural-text.ts'

export type Params = Readonly<Record<string, string | number>>

/** Says a text of a dictionary in its language, with values in its gaps. A plural text needs `n`. */
export function createSay<Key extends string>(
  dictionary: Readonly<Record<Key, string | PluralText>>,
  locale: string,
): (key: Key, params?: Params) => string {
  const plural = new Intl.PluralRules(locale)
  return (key, params = {}) => {
    const text: string | PluralText = dictionary[key]
    const form = typeof text === 'string' ? text : (text[plural.select(Number(params['n'] ?? 0))] ?? text.other)
    return form.replace(/\{(\w+)\}/gu, (whole, name: string) => String(params[name] ?? whole))
  }
}
