import { humVoice, printPdf } from './documents.ts'
import { drawAvatar, drawPicture, type PictureName } from './pictures.ts'
import type { Customer, Step } from './story.ts'

/** A file of the demo; `key` is the same for the same bytes. */
export type DemoFile = { key: string; mimeType: string; filename?: string; make: () => Uint8Array<ArrayBuffer> }
/** Where the platform keeps it: by id (WhatsApp) or by address (the others). */
export type StoredFile = { id: string; url: string; mimeType: string; sha256Base64: string }
export type Store = (accountId: string, file: DemoFile) => StoredFile

/** Files of two customers differ. */
function seedOf({ address }: Customer): number {
  return Number(address.slice(-6))
}

export function pictureFile(name: PictureName, customer: Customer): DemoFile {
  const seed = seedOf(customer)
  return { key: `${name}-${seed}`, mimeType: 'image/png', make: () => drawPicture(name, seed) }
}

export function avatarFile(customer: Customer): DemoFile {
  const seed = seedOf(customer)
  return { key: `avatar-${seed}`, mimeType: 'image/png', make: () => drawAvatar(seed) }
}

export function documentFile(step: Extract<Step, { kind: 'document' }>, customer: Customer): DemoFile {
  const { filename } = step
  const make = () => printPdf(filename.replace(/\.pdf$/, ''), seedOf(customer))
  return { key: `${filename}-${seedOf(customer)}`, mimeType: 'application/pdf', filename, make }
}

export function voiceFile(customer: Customer): DemoFile {
  const seed = seedOf(customer)
  return { key: `voice-${seed}`, mimeType: 'audio/wav', make: () => humVoice(seed) }
}
