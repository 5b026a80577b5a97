import { problemOf } from '../channels/limits.ts'
import type { OutboundFile, OutboundLimits, OutboundTemplate, PlatformFailure } from '../channels/outbound.ts'
import type { MessageType } from '../protocol/words.ts'

/** A file that was sent ahead, as far as is known of it. `size` in bytes. */
export type DraftFile = { mimeType: string; size: number }

/** What somebody wants to send. */
export type ReplyDraft = {
  content: string
  files: readonly DraftFile[]
  template?: OutboundTemplate | undefined
  buttons?: { id: string; title: string }[] | undefined
  isAnswer: boolean
}

type FileType = OutboundFile['type']

/** What a reply goes out as, or why the platform would not take it. */
export type ReplyPlan =
  | { ok: true; type: MessageType; fileTypes: FileType[] }
  | { ok: false; code: string; message: string }

/** Says at once what the platform would say later. Pure. */
export function planReply(draft: ReplyDraft, limits: OutboundLimits): ReplyPlan {
  const { content, files, template, buttons } = draft
  const fileTypes = files.map((file) => outboundTypeOf(file, limits))
  const attachments = files.map((file, at) => ({ ...file, type: fileTypes[at] ?? 'document' }))
  if (template !== undefined && files.length > 0) return refusal('message.too_many_attachments', noOwnFiles)
  if (template !== undefined && buttons !== undefined) return refusal('message.too_many_buttons', noOwnButtons)
  if (draft.isAnswer && !limits.canReplyTo)
    return refusal('message.reply_unsupported', 'Messages cannot be quoted here.')
  const problem = problemOf(
    {
      content: content.trim() === '' ? '' : content,
      attachments,
      ...(template === undefined ? {} : { template }),
      ...(buttons === undefined ? {} : { buttons }),
    },
    limits,
  )
  return problem === null ? { ok: true, type: messageTypeOf(draft, fileTypes), fileTypes } : refusalOf(problem)
}

const noOwnFiles = 'A template takes no files.'
const noOwnButtons = 'A template brings its own buttons.'

function refusal(code: string, message: string): ReplyPlan {
  return { ok: false, code, message }
}

function refusalOf({ error }: PlatformFailure): ReplyPlan {
  return refusal(error.code, `${error.title}.`)
}

function messageTypeOf({ template, buttons }: ReplyDraft, [first]: readonly FileType[]): MessageType {
  if (template !== undefined) return 'template'
  if (first !== undefined) return first
  return buttons === undefined ? 'text' : 'interactive'
}

/**
 * What a file is sent as: what its type says where the platform takes it like that, else as a document. One that fits
 * nowhere stays what it is, so that its refusal speaks of that.
 */
function outboundTypeOf(file: DraftFile, limits: OutboundLimits): FileType {
  const baseType = (file.mimeType.split(';')[0] ?? '').trim().toLowerCase()
  const own = ownTypeOf(baseType)
  const candidates: FileType[] = [own, 'document', 'sticker']
  const isTaken = (type: FileType) =>
    limits.fileBytes[type] !== undefined && limits.mimeTypes?.[type]?.includes(baseType) !== false
  const fits = (type: FileType) => isTaken(type) && file.size <= (limits.fileBytes[type] ?? 0)
  // Only pictures are stickers: a platform without a list of types takes no document for one.
  const taken = candidates.filter((type) => isTaken(type) && (type !== 'sticker' || own === 'image'))
  return taken.find(fits) ?? taken[0] ?? own
}

function ownTypeOf(baseType: string): FileType {
  switch (baseType.split('/')[0]) {
    case 'image':
      return 'image'
    case 'audio':
      return 'audio'
    case 'video':
      return 'video'
    default:
      return 'document'
  }
}
