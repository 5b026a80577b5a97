import type { OutboundLimits } from '../outbound.ts'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

/** "Messages" and "Media" of the Cloud API: lengths, supported types and their sizes. */
export const limits: OutboundLimits = {
  text: 4096,
  caption: 1024,
  unit: 'characters',
  attachments: 1,
  fileBytes: {
    image: 5 * mebibyte,
    audio: 16 * mebibyte,
    video: 16 * mebibyte,
    document: 100 * mebibyte,
    sticker: 500 * kibibyte,
  },
  mimeTypes: {
    image: ['image/jpeg', 'image/png'],
    audio: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/opus'],
    video: ['video/mp4', 'video/3gpp'],
    sticker: ['image/webp'],
    document: [
      'text/plain',
      'application/pdf',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
  },
  captionless: ['audio', 'sticker'],
  buttons: 3,
  buttonTitle: 20,
  textWithButtons: 1024,
  canReplyTo: true,
  canReact: true,
  hasTemplates: true,
}
