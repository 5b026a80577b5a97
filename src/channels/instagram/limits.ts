import type { OutboundLimits } from '../outbound.ts'

const mebibyte = 1024 * 1024
const dayMs = 86_400_000

/** "Send Messages" of the Instagram Platform: "UTF-8 and 1000 bytes or less", media types and their sizes. */
export const limits: OutboundLimits = {
  text: 1000,
  caption: null,
  unit: 'bytes',
  attachments: 1,
  fileBytes: { image: 8 * mebibyte, audio: 25 * mebibyte, video: 25 * mebibyte, document: 25 * mebibyte },
  mimeTypes: {
    image: ['image/png', 'image/jpeg'],
    audio: ['audio/aac', 'audio/mp4', 'audio/x-m4a', 'audio/m4a', 'audio/wav', 'audio/x-wav', 'audio/wave'],
    video: ['video/mp4', 'video/ogg', 'video/x-msvideo', 'video/quicktime', 'video/webm'],
    document: ['application/pdf'],
  },
  buttons: 13,
  buttonTitle: 20,
  canReplyTo: true,
  canReact: true,
  hasTemplates: false,
  humanAgentMs: 7 * dayMs,
}
