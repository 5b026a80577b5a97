import { createHash } from 'node:crypto'
import type { Command } from '../../src/protocol/companion.ts'

export type CommandFile = Command['attachments'][number]
/** As what a file is shown. */
export type FileKind = 'photo' | 'video' | 'animation' | 'audio' | 'voice' | 'document'
export type PlannedFile = { file: CommandFile; kind: FileKind }

/** What is to be sent; `refused`: what Telegram would not take. */
export type SendPlan =
  | { kind: 'text'; text: string }
  | { kind: 'media'; caption: string; files: [PlannedFile, ...PlannedFile[]] }
  | { kind: 'refused'; code: string; title: string }

// https://limits.tginfo.me and messages.sendMultiMedia: the lengths of an account without Premium, in UTF-16 units.
const maxText = 4096
const maxCaption = 1024
const maxFiles = 10
/** Larger pictures go as files; so does what Telegram does not take for a picture. */
const maxPhotoBytes = 10 * 1024 * 1024

export function planSend({ content, attachments }: Command): SendPlan {
  const files = planFiles(attachments)
  const [first, ...others] = files
  if (first === undefined) return planText(content)
  if (files.length > maxFiles) return refused('files.too_many', `At most ${maxFiles} files in one message`)
  if (attachments.some(({ size }) => size === 0)) return refused('file.empty', 'A file is empty')
  if (content.length > maxCaption) return refused('caption.too_long', `At most ${maxCaption} characters beside a file`)
  return { kind: 'media', caption: content, files: [first, ...others] }
}

function planText(text: string): SendPlan {
  if (text.trim() === '') return refused('message.empty', 'There is nothing to send')
  if (text.length > maxText) return refused('message.too_long', `At most ${maxText} characters in one message`)
  return { kind: 'text', text }
}

const refused = (code: string, title: string): SendPlan => ({ kind: 'refused', code, title })

/**
 * Pictures and videos may lie in one album, music in another; everything else only among files of no kind. Voice
 * messages and moving pictures are never in one.
 */
function planFiles(files: readonly CommandFile[]): PlannedFile[] {
  const planned = files.map((file) => ({ file, kind: kindOf(file) }))
  if (planned.length <= 1) return planned
  const isVisual = planned.every(({ kind }) => kind === 'photo' || kind === 'video')
  const isMusic = planned.every(({ kind }) => kind === 'audio')
  return isVisual || isMusic ? planned : planned.map(({ file }) => ({ file, kind: 'document' }))
}

function kindOf({ mime_type, size }: CommandFile): FileKind {
  const [type = ''] = mime_type.toLowerCase().split(';')
  if (['image/jpeg', 'image/png', 'image/webp'].includes(type)) return size <= maxPhotoBytes ? 'photo' : 'document'
  if (type === 'image/gif') return 'animation'
  if (type === 'video/mp4' || type === 'video/quicktime') return 'video'
  if (type === 'audio/ogg' || type === 'audio/opus') return 'voice'
  return ['audio/mpeg', 'audio/mp4', 'audio/x-m4a', 'audio/aac'].includes(type) ? 'audio' : 'document'
}

/**
 * What Telegram refuses a repetition by: the same for each attempt, and never another for the same part. The first part
 * has the command's own.
 */
export function partNonce(nonce: bigint, part: number): bigint {
  if (part === 0) return nonce
  const hash = createHash('sha256').update(`${nonce}:${part}`).digest()
  // 63 bits, and not 0, which Telegram takes for none.
  return (hash.readBigUInt64BE() >> 1n) | 1n
}
