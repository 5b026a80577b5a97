import { z } from 'zod'
import { Uuid } from '../../protocol/words.ts'
import type { ParsedUpdate } from '../channel.ts'
import { errorsOf, messageErrorOf } from '../meta/details.ts'
import type { Outcome } from '../meta/outcome.ts'
import { compact, Id, isObject, msOfSeconds, soft } from '../meta/wire.ts'
import { type Change, updateOf } from './change.ts'

const Status = z.object({
  id: Id,
  status: z.string().min(1).max(64),
  timestamp: z.unknown().optional(),
  type: soft(z.string().max(64)),
  recipient_participant_id: soft(Id),
  recipient_participant_user_id: soft(Id),
  errors: z.unknown().optional(),
  // What was sent along with the message: an id of ours, or anything at all from another program on this number.
  biz_opaque_callback_data: soft(Uuid),
})
type Status = z.infer<typeof Status>

const MessageWord = z.enum(['sent', 'delivered', 'read', 'played', 'failed'])
const otherThings = new Set(['call', 'payment'])

/** One element of `statuses[]`. */
export function parseStatus(change: Change, status: unknown): ParsedUpdate {
  return updateOf(change, { statuses: [status] }, () => readStatus(change, status))
}

function readStatus(change: Change, value: unknown): Outcome {
  const { data: status } = Status.safeParse(value)
  if (status === undefined) return { refused: refusalOfStatus(value) }
  // Calls and payments are reported under the same name, with words that would be misread as a message's.
  if (status.type !== undefined && otherThings.has(status.type)) return { ignored: `status.${status.type}` }
  const word = MessageWord.safeParse(status.status).data
  if (word === undefined) return { refused: 'status.unknown' }
  // A group message has one report a member: the first moves the message on, but one member's failure is not its end.
  const isOfMember = status.recipient_participant_id !== undefined || status.recipient_participant_user_id !== undefined
  if (word === 'failed' && isOfMember) return { ignored: 'status.member_failed' }
  const item = compact({
    kind: 'status' as const,
    at: msOfSeconds(status.timestamp) || change.at,
    targetExternalId: status.id,
    status: word,
    error: word === 'failed' ? errorOf(status) : undefined,
    reference: status.biz_opaque_callback_data,
  })
  return { item }
}

function errorOf(status: Status) {
  const [first] = errorsOf(status.errors)
  return first === undefined ? undefined : messageErrorOf(first)
}

function refusalOfStatus(status: unknown): string {
  return isObject(status) && typeof status['id'] === 'number' ? 'id_type' : 'status.invalid'
}
