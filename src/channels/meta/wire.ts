import { z } from 'zod'
import { cleanText } from '../../lib/text.ts'

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** An id of Meta's: text only, as a number may have lost digits on its way, and nothing D1 would store differently. */
export const Id = z
  .string()
  .min(1)
  .max(512)
  .refine((id) => id.isWellFormed() && !hasControlCharacter(id))

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true
  return false
}

/**
 * Where a file lies. It is fetched later, with the channel's token in hand where that is needed: nothing but TLS will do.
 * This machine itself may stand in for Meta in local development; that nothing is fetched from it elsewhere is decided
 * where files are fetched (`jobs/media-address.ts`).
 */
export const SecureUrl = z
  .string()
  .max(4096)
  .regex(/^https:\/\/|^http:\/\/(?:127\.0\.0\.1|localhost):\d+\//)

/** A field that Meta leaves out in several ways; anything else must fit the schema. */
export function maybe<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === null || value === '' ? undefined : value), schema.optional())
}

/** A field whose loss costs less than its item: what does not fit is left out. */
export function soft<T extends z.ZodType>(schema: T) {
  return schema.optional().catch(undefined)
}

/** Free text, cleaned; empty counts as left out. */
export function textOf(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = cleanText(value, max)
  return text.length > 0 ? text : undefined
}

/** Meta's numbers of things, which are numbers on the wire too: only for showing, as digits may have been lost. */
export function numeralOf(value: unknown): string | undefined {
  return Number.isInteger(value) ? String(value) : textOf(value, 64)
}

const latestSeconds = Date.UTC(2100, 0, 1) / 1000

/** Epoch milliseconds of a time given in unix seconds, as text or number; 0 when there is none to be believed. */
export function msOfSeconds(value: unknown): number {
  const isReadable = typeof value === 'number' || (typeof value === 'string' && /^\d{1,10}$/.test(value))
  const seconds = isReadable ? Number(value) : 0
  return Number.isFinite(seconds) && seconds > 0 && seconds < latestSeconds ? Math.floor(seconds * 1000) : 0
}

// Milliseconds of 1973: whatever is less was given in seconds, as test deliveries do.
const leastMs = 100_000_000_000
const graphTime = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\+0000|Z)$/

/**
 * Epoch milliseconds of a time given in milliseconds, as text or number; 0 when there is none to be believed. Unix
 * seconds and the Graph API's own notation (`2026-01-22T10:00:00+0000`) are understood as well.
 */
export function msOf(value: unknown): number {
  const written = typeof value === 'string' ? graphTime.exec(value)?.[1] : undefined
  if (written !== undefined) return msOf(Date.parse(`${written}Z`))
  const isReadable = typeof value === 'number' || (typeof value === 'string' && /^\d{1,13}$/.test(value))
  const ms = isReadable ? Number(value) : 0
  if (!(ms >= leastMs)) return msOfSeconds(ms)
  return ms < latestSeconds * 1000 ? Math.floor(ms) : 0
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same record without its undefined fields, so that equal items are equal to every comparison. */
export function compact<T extends object>(record: T): Compact<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Compact<T>
}
