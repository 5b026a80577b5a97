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

const latestSeconds = Date.UTC(2100, 0, 1) / 1000

/** Epoch milliseconds of a time given in unix seconds, as text or number; 0 when there is none to be believed. */
export function msOfSeconds(value: unknown): number {
  const isReadable = typeof value === 'number' || (typeof value === 'string' && /^\d{1,10}$/.test(value))
  const seconds = isReadable ? Number(value) : 0
  return Number.isFinite(seconds) && seconds > 0 && seconds < latestSeconds ? Math.floor(seconds * 1000) : 0
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same record without its undefined fields, so that equal items are equal to every comparison. */
export function compact<T extends object>(record: T): Compact<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Compact<T>
}
