import { randomBytes } from 'node:crypto'
import type { tl } from '@mtcute/node'
import { randomLong } from './cipher.ts'
import { seconds, type World } from './world.ts'

/** Puts a file into the world and gives the photo it is. */
export function photoOf(world: World, bytes: Uint8Array): tl.RawMessageMediaPhoto {
  const id = randomLong()
  const fileReference = keep(world, id.toString(), bytes)
  const size = { _: 'photoSize', type: 'y', w: 640, h: 480, size: bytes.length } as const
  const photo = { id, accessHash: randomLong(), fileReference, date: seconds(), sizes: [size], dcId: 2 }
  return { _: 'messageMediaPhoto', photo: { _: 'photo', ...photo } }
}

export type DocumentForm = { bytes: Uint8Array; mimeType: string; attributes: tl.TypeDocumentAttribute[] }
export function documentOf(world: World, { bytes, mimeType, attributes }: DocumentForm): tl.RawMessageMediaDocument {
  const id = randomLong()
  const fileReference = keep(world, id.toString(), bytes)
  const document = { id, accessHash: randomLong(), fileReference, date: seconds(), mimeType, size: bytes.length }
  return { _: 'messageMediaDocument', document: { _: 'document', ...document, attributes, dcId: 2 } }
}

function keep(world: World, id: string, bytes: Uint8Array): Buffer {
  const reference = randomBytes(12)
  world.files.set(id, { bytes: Buffer.from(bytes), reference })
  return reference
}

/** A message's file as it can be fetched by now: references run out, and whoever reads the message again gets a new one. */
export function withFreshReference<Message extends tl.TypeMessage>(world: World, message: Message): Message {
  if (message._ !== 'message' || !message.media) return message
  const { media } = message
  if (media._ === 'messageMediaPhoto' && media.photo?._ === 'photo') {
    const fileReference = world.files.get(media.photo.id.toString())?.reference ?? media.photo.fileReference
    return { ...message, media: { ...media, photo: { ...media.photo, fileReference } } }
  }
  if (media._ === 'messageMediaDocument' && media.document?._ === 'document') {
    const fileReference = world.files.get(media.document.id.toString())?.reference ?? media.document.fileReference
    return { ...message, media: { ...media, document: { ...media.document, fileReference } } }
  }
  return message
}
