import { z } from 'zod'
import {
  ErrorFrame,
  JournalEvent,
  PongFrame,
  PresenceFrame,
  ReadyFrame,
  type ServerFrame,
  SkipFrame,
  TypingFrame,
} from '../protocol/frames.ts'
import { NotificationSettingsFrame, NotificationsReadFrame } from '../protocol/notifications.ts'

// The trust boundary of the socket: text goes in, checked frames come out. Nothing in it may throw, and nothing a newer
// server adds may stop the stream.

/** A server frame, with batches taken apart. */
export type SingleFrame = Exclude<ServerFrame, { type: 'batch' }>

/** What one text held. `unknown`: frames of a type this version does not know; `malformed`: what nobody could read. */
export type Reading = { frames: SingleFrame[]; unknown: number; malformed: number }

const Single = z.discriminatedUnion('type', [
  ReadyFrame,
  JournalEvent,
  SkipFrame,
  TypingFrame,
  PresenceFrame,
  PongFrame,
  NotificationsReadFrame,
  NotificationSettingsFrame,
  ErrorFrame,
])
const Batch = z.object({ type: z.literal('batch'), events: z.array(z.unknown()) })
const Typed = z.object({ type: z.string() })
const Numbered = z.object({ seq: z.number().int().positive() })
const knownTypes: ReadonlySet<string> = new Set(Single.def.options.flatMap(typesOf))

/** Reads one text frame of the server. */
export function readFrames(text: unknown): Reading {
  const value = parseJson(text)
  const batch = Batch.safeParse(value)
  const reading: Reading = { frames: [], unknown: 0, malformed: 0 }
  for (const one of batch.success ? batch.data.events : [value]) readOne(one, reading)
  return reading
}

function readOne(value: unknown, reading: Reading): void {
  const result = Single.safeParse(value)
  if (result.success) {
    reading.frames.push(result.data)
    return
  }
  const typed = Typed.safeParse(value)
  if (typed.success && !knownTypes.has(typed.data.type)) reading.unknown += 1
  else reading.malformed += 1
  // It has a number, so it is in the journal, and asking again would give the same: step over it or never get past it.
  const numbered = typed.success && typed.data.type !== 'pong' ? Numbered.safeParse(value) : null
  if (numbered?.success === true) {
    const { seq } = numbered.data
    reading.frames.push({ type: 'skip', from: seq, seq })
  }
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined // counted as malformed by the caller
  }
}

function typesOf(option: (typeof Single.def.options)[number]): string[] {
  const options = 'options' in option ? option.options : [option]
  return options.map((one) => one.shape.type.value)
}
