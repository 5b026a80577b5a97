import type { OutboundFile, OutboundMessage, OutboundTemplate } from '../channels/outbound.ts'
import { signFileLink } from '../lib/file-link.ts'
import type { Config } from '../lib/config.ts'
import type { Outgoing } from '../store/outgoing.ts'
import type { AttachmentRow } from '../store/wire.ts'

/** How files of replies are read. `now` in epoch ms. */
export type FileAccess = { bucket: R2Bucket; config: Config; now: () => number }

/** How long a platform may fetch a file by its address, in ms. */
const linkLifeMs = 15 * 60_000

/** What ingest keeps of a reply besides its text and files. */
type ReplyDetails = {
  template?: OutboundTemplate
  buttons?: { id: string; title: string }[]
  human_agent?: boolean
}

export const replyDetailsOf = ({ message }: Pick<Outgoing, 'message'>): ReplyDetails => message.details

/** The reply as its platform gets it; null when there is nobody to send it to. */
export function toOutboundMessage(outgoing: Outgoing, access: FileAccess): OutboundMessage | null {
  const { message, files } = outgoing
  const [first, ...others] = outgoing.aliases
  if (first === undefined) return null
  const { template, buttons, human_agent: humanAgent } = replyDetailsOf(outgoing)
  return {
    id: message.id,
    to: [first, ...others],
    type: message.type,
    content: message.content,
    ...(message.replyToExternalId === null ? {} : { replyToExternalId: message.replyToExternalId }),
    attachments: files.map((file) => toOutboundFile(file, access)),
    ...(template === undefined ? {} : { template }),
    ...(buttons === undefined ? {} : { buttons }),
    ...(humanAgent === true ? { humanAgent } : {}),
  }
}

function toOutboundFile(file: AttachmentRow, { bucket, config, now }: FileAccess): OutboundFile {
  const { tenantId, objectKey } = file
  const mimeType = file.mimeType ?? 'application/octet-stream'
  const filename = file.filename ?? 'file'
  return {
    type: file.type,
    mimeType,
    filename,
    size: file.size ?? 0,
    open: async () => (objectKey === null ? null : ((await bucket.get(objectKey))?.body ?? null)),
    publicUrl: async () => {
      const link = { tenantId, objectKey: objectKey ?? '', mimeType, filename, expiresAt: now() + linkLifeMs }
      return `${config.publicUrl}/api/v1/communications/files/${await signFileLink(config.authSecret, link)}`
    },
  }
}
