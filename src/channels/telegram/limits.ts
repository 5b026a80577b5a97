import type { OutboundLimits } from '../outbound.ts'

/** As much as an upload of ours may hold; Telegram itself would take more. */
const maxFileBytes = 100 * 1024 * 1024

/**
 * Of an account without Premium: `message_length_max` and `caption_length_max` of the schema's `config`, an album of ten
 * ("Uploading and sending files"). Lengths are in UTF-16 units, as those of its entities are.
 */
export const limits: OutboundLimits = {
  text: 4096,
  caption: 1024,
  unit: 'characters',
  attachments: 10,
  fileBytes: {
    image: 10 * 1024 * 1024,
    audio: maxFileBytes,
    video: maxFileBytes,
    document: maxFileBytes,
  },
  buttons: 0,
  buttonTitle: 0,
  canReplyTo: true,
  canReact: false,
  hasTemplates: false,
}
