import type { MessageType } from '../../protocol/words.ts'
import type { InboundAttachment } from '../channel.ts'
import type { Json } from './wire.ts'

/** What a message says, whoever said it. */
export type Body = {
  type: MessageType
  content: string
  attachments?: InboundAttachment[]
  details?: Json
  /** The real content is announced to follow under the same id. */
  isPlaceholder?: true
}

/** In code points; longer texts are cut. */
export const maxContent = 65_536
