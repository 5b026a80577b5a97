/** A text with one form per plural category of its language; `{n}` is the number. */
export type PluralText = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }
