import { addressKey } from '../../lib/addr-spec.ts'
import type { MailHead } from './mail.ts'
import { valuesOf } from './mail-head.ts'
import { replyTokensIn } from './reply-token.ts'
import { hasReplyPrefix, subjectKey } from './subject.ts'

/** After this a mail of the same subject by the same person is a new matter. */
export const subjectRuleMs = 7 * 86_400_000
const maxTokens = 5

/**
 * A reason to put a mail into a conversation. `key` tells it from the others, and is what the database is asked for:
 * - `token`: our own signed word for it. Asked for: the conversation.
 * - `message`: the mail names one of the conversation's mails. Asked for: the conversation of that mail.
 * - `subject`: an answer by its subject, from a participant, soon enough. Asked for: the latest conversation with that
 *   participant under that `subjectKey`.
 */
export type ThreadCandidate = { key: string } & (
  | { by: 'token'; conversationId: string }
  | { by: 'message'; messageId: string }
  | { by: 'subject'; subjectKey: string; participant: string; notBefore: number }
)

export type ThreadQuestion = {
  /** The conversation a reply token was made for, on this channel; null when it is not ours. */
  verifyToken: (replyToken: string) => Promise<string | null>
  /** The envelope's recipient, which lists and blind copies do not show elsewhere. */
  envelopeTo: string
  receivedAt: number
}

/** Where a mail may belong, the strongest reason first. */
export async function threadCandidates(mail: MailHead, question: ThreadQuestion): Promise<ThreadCandidate[]> {
  const ids = nearestFirst(mail)
  const tokens = replyTokensIn(recipientsOf(mail, question.envelopeTo), ids).slice(0, maxTokens)
  const owners = await Promise.all(tokens.map((text) => question.verifyToken(text)))
  const conversations = [...new Set(owners.filter((id) => id !== null))]
  return [
    ...conversations.map((id) => ({ by: 'token', key: `token:${id}`, conversationId: id }) as const),
    ...ids.map((id) => ({ by: 'message', key: `message:${id}`, messageId: id }) as const),
    ...subjectCandidates(mail, question.receivedAt),
  ]
}

/** The mail that is answered, then back through the thread. */
function nearestFirst({ inReplyTo, references }: MailHead): string[] {
  return [...new Set([...inReplyTo, ...references.toReversed()])]
}

function recipientsOf(mail: MailHead, envelopeTo: string): string[] {
  const kept = ['delivered-to', 'x-original-to', 'x-forwarded-to', 'envelope-to'].flatMap((name) =>
    valuesOf(mail.headers, name),
  )
  return [envelopeTo, ...[...mail.to, ...mail.cc].map(({ address }) => address), ...kept]
}

/** Subjects alone prove nothing: only where a mail calls itself an answer and names no mail that it would answer. */
function subjectCandidates(mail: MailHead, receivedAt: number): ThreadCandidate[] {
  const key = subjectKey(mail.subject)
  if (mail.from === null || key === '' || !hasReplyPrefix(mail.subject)) return []
  const participant = addressKey(mail.from.address)
  const notBefore = receivedAt - subjectRuleMs
  return [{ by: 'subject', key: `subject:${participant}:${key}`, subjectKey: key, participant, notBefore }]
}
