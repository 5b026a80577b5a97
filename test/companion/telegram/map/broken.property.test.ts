import { Long, type tl } from '@mtcute/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  documentMedia,
  editOf,
  ihorPeer,
  listener,
  message,
  newMessage,
  rawPhoto,
  service,
  supergroup,
} from './telegram.ts'

const junk = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.constant(0),
  fc.constant(-1.5),
  fc.constant('\ud83d'),
  fc.constant([]),
  fc.constant([null, 'x']),
  fc.constant({}),
  fc.constant({ _: 'somethingNew' }),
)

const text: tl.RawTextWithEntities = { _: 'textWithEntities', text: 'x', entities: [] }
const whole: tl.TypeMessage[] = [
  message({
    peerId: supergroup,
    fromId: ihorPeer,
    replyTo: { _: 'messageReplyHeader', replyToMsgId: 4, forumTopic: true, replyToTopId: 2, quoteText: 'q' },
    fwdFrom: { _: 'messageFwdHeader', date: 1, fromId: ihorPeer },
    entities: [{ _: 'messageEntityBold', offset: 0, length: 2 }],
    reactions: {
      _: 'messageReactions',
      results: [{ _: 'reactionCount', count: 2, reaction: { _: 'reactionEmoji', emoticon: '👍' } }],
      recentReactions: [
        { _: 'messagePeerReaction', peerId: ihorPeer, date: 5, reaction: { _: 'reactionEmoji', emoticon: '👍' } },
      ],
    },
    editDate: 7,
    viaBotId: 500,
    groupedId: Long.ONE,
  }),
  message({ media: documentMedia({ thumbs: [{ _: 'photoSize', type: 'm', w: 1, h: 1, size: 1 }] }) }),
  message({ media: { _: 'messageMediaPhoto', photo: rawPhoto() } }),
  message({
    media: {
      _: 'messageMediaPoll',
      poll: {
        _: 'poll',
        id: Long.ONE,
        question: text,
        answers: [{ _: 'pollAnswer', text, option: new Uint8Array(1) }],
        hash: Long.ONE,
      },
      results: { _: 'pollResults', results: [{ _: 'pollAnswerVoters', option: new Uint8Array(1), voters: 1 }] },
    },
  }),
  message({
    media: {
      _: 'messageMediaToDo',
      todo: { _: 'todoList', title: text, list: [{ _: 'todoItem', id: 1, title: text }] },
    },
  }),
  service({ _: 'messageActionChatAddUser', users: [5] }),
  service({ _: 'messageActionPhoneCall', callId: Long.ONE, duration: 5 }),
]

/** Every place in a value that could hold something else. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || value instanceof Long || ArrayBuffer.isView(value)) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))]
}

function put(value: unknown, path: readonly string[], other: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return other
  if (Array.isArray(value))
    return value.map((inner: unknown, at) => (String(at) === key ? put(inner, rest, other) : inner))
  return { ...(value as object), [key]: put((value as Record<string, unknown>)[key], rest, other) }
}

const broken = fc
  .constantFrom(...whole)
  .chain((one) => fc.tuple(fc.constant(one), fc.constantFrom(...placesOf(one).slice(1)), junk))

describe('a message of which something is missing or wrong', () => {
  it('still makes a row that the Worker takes, or is named in the log', () => {
    fc.assert(
      fc.property(broken, ([one, path, other]) => {
        const account = listener()
        const given = put(one, path, other) as tl.TypeMessage
        const rows = account.hear(newMessage(given))
        expect(rows.length + account.notes.length).toBeGreaterThan(0)
        account.hear(editOf(given))
      }),
      { numRuns: 500 },
    )
  })
})
