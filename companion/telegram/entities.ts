import type { tl } from '@mtcute/core'

/** Marks a part of a text; offset and length in UTF-16 units of the content beside it. */
export type Entity = {
  type: string
  offset: number
  length: number
  url?: string
  language?: string
  user_id?: string
}
export type MarkedText = { content: string; entities: Entity[] }

/** More than Telegram allows in a message. */
const maxEntities = 200
const maxUrl = 2048

/**
 * A text as it may be stored (no NUL, no half of a pair), and its marks moved along. Marks that point outside of it, or
 * into the middle of a character, are moved to fit or left out: no reader has to check them again.
 */
export function readText(text: unknown, entities?: readonly tl.TypeMessageEntity[]): MarkedText {
  const given = typeof text === 'string' ? text.toWellFormed() : ''
  const content = given.replaceAll('\0', '')
  const list: readonly unknown[] = Array.isArray(entities) ? entities : []
  const found = list.flatMap((entity) => {
    const read = readEntity(entity, given, content)
    return read === null ? [] : [read]
  })
  return { content, entities: found.slice(0, maxEntities) }
}

function readEntity(value: unknown, given: string, content: string): Entity | null {
  if (typeof value !== 'object' || value === null) return null
  const { _, offset, length, url, language, userId } = value as Record<string, unknown>
  if (typeof _ !== 'string' || !isCount(offset) || !isCount(length)) return null
  const from = moved(given, content, Math.min(offset, given.length), 'down')
  const to = moved(given, content, Math.min(offset + length, given.length), 'up')
  if (to <= from) return null
  return {
    type: typeName(_),
    offset: from,
    length: to - from,
    ...(typeof url === 'string' && url.length <= maxUrl ? { url: url.toWellFormed() } : {}),
    ...(typeof language === 'string' && language !== '' ? { language: language.slice(0, 40).toWellFormed() } : {}),
    ...(typeof userId === 'number' ? { user_id: String(userId) } : {}),
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Where a place in the given text is in the cleaned one; out of the middle of a pair, in the direction told. */
function moved(given: string, content: string, at: number, direction: 'up' | 'down'): number {
  const place = given.length === content.length ? at : given.slice(0, at).replaceAll('\0', '').length
  const isInsidePair = place > 0 && place < content.length && isLowHalf(content.charCodeAt(place))
  if (!isInsidePair) return place
  return direction === 'up' ? place + 1 : place - 1
}

const isLowHalf = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** `messageEntityTextUrl` → `text_url`. */
function typeName(constructor: string): string {
  const name = constructor.replace(/^(?:input)?messageEntity/i, '')
  return name.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}
