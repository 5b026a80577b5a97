import type { OutboundLimits } from '../outbound.ts'

const mebibyte = 1024 * 1024
const dayMs = 86_400_000

/** "Send API" and "Attachment Upload API" of the Messenger Platform. A text and a file are two messages there. */
export const limits: OutboundLimits = {
  text: 2000,
  caption: null,
  unit: 'characters',
  attachments: 1,
  fileBytes: { image: 25 * mebibyte, audio: 25 * mebibyte, video: 25 * mebibyte, document: 25 * mebibyte },
  buttons: 13,
  buttonTitle: 20,
  canReplyTo: true,
  canReact: true,
  hasTemplates: false,
  humanAgentMs: 7 * dayMs,
}
