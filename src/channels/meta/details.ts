import { cleanText } from '../../lib/text.ts'
import type { MessageError } from '../../protocol/message.ts'
import { failureKindOf } from './failure-kind.ts'
import { compact, isObject, listOf, type Json, textOf } from './wire.ts'

const maxDepth = 6
const maxNodes = 1000
const maxCharacters = 32_768
const maxText = 4096
const dangerousKeys = new Set(['__proto__', 'constructor', 'prototype'])

type Budget = { nodes: number; characters: number }

/**
 * A fresh, bounded copy of JSON that a stranger wrote: text cleaned, keys that could reach a prototype left out,
 * everything past the limits left out. For what is worth keeping but has no shape of ours.
 */
export function boundedCopy(value: unknown): unknown {
  return copy(value, 0, { nodes: maxNodes, characters: maxCharacters })
}

function copy(value: unknown, depth: number, budget: Budget): unknown {
  if (--budget.nodes < 0 || depth > maxDepth) return undefined
  if (typeof value === 'string') return copyText(value, budget)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (value === null || typeof value === 'boolean') return value
  if (Array.isArray(value)) return copyList(value, depth, budget)
  return isObject(value) ? copyRecord(value, depth, budget) : undefined
}

function copyText(text: string, budget: Budget): string | undefined {
  const kept = cleanText(text, Math.min(maxText, budget.characters))
  budget.characters -= kept.length
  return kept
}

function copyList(list: unknown[], depth: number, budget: Budget): unknown[] {
  const kept: unknown[] = []
  for (const element of list) {
    if (budget.nodes <= 0) break
    const copied = copy(element, depth + 1, budget)
    if (copied !== undefined) kept.push(copied)
  }
  return kept
}

function copyRecord(record: Json, depth: number, budget: Budget): Json {
  const kept: Json = {}
  for (const [key, element] of Object.entries(record)) {
    if (budget.nodes <= 0) break
    const name = cleanText(key, 128)
    if (dangerousKeys.has(name)) continue
    budget.characters -= name.length
    const copied = budget.characters > 0 ? copy(element, depth + 1, budget) : undefined
    if (copied !== undefined) kept[name] = copied
  }
  return kept
}

/** The named fields that hold text, numbers or booleans, as given; undefined when none does. */
export function pick(source: unknown, names: readonly string[]): Json | undefined {
  if (!isObject(source)) return undefined
  const picked: Json = {}
  for (const name of names) {
    const value = scalarOf(source[name])
    if (value !== undefined) picked[name] = value
  }
  return Object.keys(picked).length > 0 ? picked : undefined
}

function scalarOf(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
  return textOf(value, maxText)
}

export type PlatformError = { code: string; title: string; details?: string }

/** Meta's errors in the one form we pass on. Their codes are numbers on the wire and text here. */
export function errorsOf(value: unknown): PlatformError[] {
  return listOf(value).slice(0, 10).filter(isObject).map(errorOf)
}

export function errorOf(error: Json): PlatformError {
  const data = error['error_data']
  const title = textOf(error['title'], 512) ?? textOf(error['message'], 512) ?? 'Unknown error'
  const details = textOf(isObject(data) ? data['details'] : undefined, 2048) ?? textOf(error['details'], 2048)
  return compact({ code: String(scalarOf(error['code']) ?? 'unknown').slice(0, 64), title, details })
}

/** Why a message failed, with what kind of failure its code stands for. */
export function messageErrorOf({ code, title, details }: PlatformError): MessageError {
  return { code, title, details: details ?? null, kind: failureKindOf(code) }
}
