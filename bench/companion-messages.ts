import type { Said } from '../test/companion/fake-dc/timeline.ts'

// As long as what customers write who want something.
const filler =
  'Добрий день! Скільки коштує переклад диплома з додатком на німецьку мову, з апостилем і нотаріальним ' +
  'засвідченням, і чи встигнете ви до п’ятниці? '

/** Who writes to whom: `customers` write to each account in turn. */
export type Cast = { accounts: readonly number[]; customers: readonly number[] }

export const textOf = (id: number): string => `${filler}#${id}`

/** The number of one of our messages; null for anything else. */
export function idIn(content: string): number | null {
  const found = /#(\d+)$/.exec(content)
  return found === null ? null : Number(found[1])
}

/** `count` messages from `firstId` on, shared evenly among the accounts, and in each among its customers. */
export function messagesOf({ accounts, customers }: Cast, firstId: number, count: number): Said[] {
  return Array.from({ length: count }, (_, place) => {
    const to = accounts[place % accounts.length] ?? 0
    const from = customers[Math.floor(place / accounts.length) % customers.length] ?? 0
    return { from, to, text: textOf(firstId + place) }
  })
}

export function inChunks<Entry>(entries: readonly Entry[], size: number): Entry[][] {
  const count = Math.ceil(entries.length / size)
  return Array.from({ length: count }, (_, at) => entries.slice(at * size, (at + 1) * size))
}
