import { z } from 'zod'
import type { InboundAttachment } from '../channel.ts'
import { type Body, maxContent } from '../meta/body.ts'
import { compact, Id, maybe, SecureUrl, soft, textOf } from '../meta/wire.ts'

const Media = z.object({
  id: maybe(Id),
  url: soft(SecureUrl),
  mime_type: soft(z.string().max(256)),
  sha256: soft(z.string().regex(/^[A-Za-z0-9+/=_-]{1,128}$/)),
  file_size: soft(z.number().int().nonnegative()),
  filename: z.unknown().optional(),
  caption: z.unknown().optional(),
  voice: soft(z.boolean()),
  animated: soft(z.boolean()),
})
type Media = z.infer<typeof Media>

/** A message that is a file. Undefined when no handle tells where the file is. */
export function mediaBody(type: InboundAttachment['type'], value: unknown): Body | undefined {
  const { data: media } = Media.safeParse(value)
  if (media === undefined || (media.id === undefined && media.url === undefined)) return undefined
  const filename = textOf(media.filename, 255)
  const attachment: InboundAttachment = compact({
    type,
    mimeType: textOf(media.mime_type, 256),
    filename,
    sha256: media.sha256,
    size: media.file_size,
    source: compact({ mediaId: media.id, url: media.url }),
  })
  return {
    type,
    content: textOf(media.caption, maxContent) ?? describe(type, media, filename),
    attachments: [attachment],
    details: compact({ voice: media.voice, animated: media.animated }),
  }
}

function describe(type: InboundAttachment['type'], media: Media, filename: string | undefined): string {
  switch (type) {
    case 'image':
      return 'Photo'
    case 'video':
      return 'Video'
    case 'audio':
      return media.voice === true ? 'Voice message' : 'Audio'
    case 'document':
      return filename ?? 'Document'
    case 'sticker':
      return 'Sticker'
  }
}
