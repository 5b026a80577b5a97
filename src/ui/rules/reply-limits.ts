import { fileTypeOf, lengthIn } from '../../client/index.ts'
import type { ReplyRules } from '../types.ts'

/** Files that one draft may hold; more could not be looked through any more. */
export const maxDraftFiles = 30

/** How many units of a text are left. `isNear`: worth telling; `isOver`: it cannot be sent. */
export type TextRoom = { left: number; isNear: boolean; isOver: boolean }

export function textRoom(text: string, rules: Pick<ReplyRules, 'text' | 'unit'>): TextRoom {
  const left = rules.text - lengthIn(rules.unit, text.trim())
  return { left, isNear: left <= Math.max(50, rules.text / 10), isOver: left < 0 }
}

/** Why a file cannot be sent on a channel; `max` in bytes. Null when nothing speaks against it. */
export type FileProblem = { kind: 'type' } | { kind: 'size'; max: number } | { kind: 'empty' }

export function fileProblem(file: Pick<Blob, 'type' | 'size'>, rules: Pick<ReplyRules, 'files'>): FileProblem | null {
  // What the platform has no place of its own for goes as a document.
  const max = rules.files[fileTypeOf(file.type)] ?? rules.files['document']
  if (max === undefined) return { kind: 'type' }
  if (file.size === 0) return { kind: 'empty' }
  return file.size > max ? { kind: 'size', max } : null
}
