import type { Attachment, ReplyRules } from '../protocol/message.ts'
import type { Draft } from './outgoing.ts'

/** One message of a draft: `uploads` by id, in order. */
export type DraftPart = Omit<Draft, 'uploads' | 'files'> & { content: string; uploads: readonly string[] }

type AttachedFile = { id: string; type: Attachment['type'] }

/**
 * The messages that a draft becomes under a channel's rules; none where it says nothing. A text that no file can carry
 * as its caption goes first, as a message of its own. Without rules everything stays together: the server will say.
 */
export function splitDraft(draft: Draft, files: readonly AttachedFile[], rules: ReplyRules | null): DraftPart[] {
  const { uploads: _uploads, files: _files, content = '', ...rest } = draft
  const text = content.trim()
  if (draft.template !== undefined || files.length === 0) {
    const isEmpty = text === '' && draft.template === undefined
    return isEmpty ? [] : [{ ...rest, content: text, uploads: [] }]
  }
  const groups = groupsOf(files, Math.max(1, rules?.attachments ?? files.length))
  const isCaption = text === '' || canCarry(groups[0] ?? [], text, rules)
  const contents = isCaption ? [text] : ['']
  const withFiles = groups.map((group, index) => ({
    ...(rest.humanAgent === true ? { humanAgent: true } : {}),
    ...(rest.email === undefined ? {} : { email: rest.email }),
    content: contents[index] ?? '',
    uploads: group.map(({ id }) => id),
  }))
  const parts = isCaption ? withFiles : [{ ...rest, content: text, uploads: [] }, ...withFiles]
  const [first, ...others] = parts
  return first === undefined ? [] : [{ ...rest, ...first }, ...others]
}

function groupsOf(files: readonly AttachedFile[], size: number): AttachedFile[][] {
  const count = Math.ceil(files.length / size)
  return Array.from({ length: count }, (_, index) => files.slice(index * size, (index + 1) * size))
}

// Where every file is a message of its own, sound and stickers have no place for a text (WhatsApp).
function canCarry(group: readonly AttachedFile[], text: string, rules: ReplyRules | null): boolean {
  if (rules === null) return true
  const [first] = group
  const isMute = rules.attachments <= 1 && (first?.type === 'audio' || first?.type === 'sticker')
  return !isMute && rules.caption !== null && lengthIn(rules.unit, text) <= rules.caption
}

/** The length of a text as a channel counts it. */
export function lengthIn(unit: ReplyRules['unit'], text: string): number {
  return unit === 'bytes' ? new TextEncoder().encode(text).length : text.length
}
