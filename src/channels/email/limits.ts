import type { OutboundLimits } from '../outbound.ts'

/** "Limits" of Cloudflare's Email Service: the whole message as it goes out, to any recipient. */
export const maxMailBytes = 5 * 1024 * 1024
/** Room for the text in its two forms, the header and what divides the parts. */
const reservedBytes = 768 * 1024
/** Of what is left, files take four bytes for three (RFC 2045 §6.8), and a line break in every 76. */
const maxFileBytes = Math.floor(((maxMailBytes - reservedBytes) * 3 * 76) / (4 * 78))

/** To, Cc and Bcc together. */
export const maxRecipients = 50

export const limits: OutboundLimits = {
  text: 50_000,
  caption: 50_000,
  unit: 'characters',
  attachments: 20,
  fileBytes: { image: maxFileBytes, audio: maxFileBytes, video: maxFileBytes, document: maxFileBytes },
  totalFileBytes: maxFileBytes,
  buttons: 0,
  buttonTitle: 0,
  canReplyTo: true,
  canReact: false,
  hasTemplates: false,
}
