import type { tl } from '@mtcute/node'

const shortFields = new Set(['_', 'id', 'date', 'peerId', 'fromId', 'out', 'entities', 'replyTo', 'message'])
/** A plain text from somebody who is known comes in the short form: https://core.telegram.org/constructor/updateShortMessage */
export function shortForm(update: tl.TypeUpdate, known: ReadonlySet<number>): tl.TypeUpdates | null {
  if (update._ !== 'updateNewMessage' || update.message._ !== 'message') return null
  const { message, pts, ptsCount } = update
  const { id, date, peerId, out, entities, replyTo } = message
  const isPlain = Object.keys(message).every((name) => shortFields.has(name))
  if (!isPlain || peerId._ !== 'peerUser' || !known.has(peerId.userId)) return null
  return {
    _: 'updateShortMessage',
    id,
    userId: peerId.userId,
    message: message.message,
    pts,
    ptsCount,
    date,
    ...(out && { out }),
    ...(entities && { entities }),
    ...(replyTo && { replyTo }),
  }
}
