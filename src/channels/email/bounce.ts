import { addrSpec } from '../../lib/addr-spec.ts'
import { informalBounce, looksLikeBounce } from './informal-bounce.ts'
import type { ParsedMail } from './mail.ts'
import { idOf, reportBlocks, reportedValue, returnedMessageId } from './report-fields.ts'
import type { RawField } from './header-block.ts'

export type Bounce = {
  /** Enhanced status code (RFC 3463), such as `5.1.1`; null where none is given. */
  status: string | null
  action: 'failed' | 'delayed'
  /** Of the mail that did not arrive, where the report tells. */
  originalMessageId: string | null
  recipient: string | null
  /** Nobody will try again: the mail is lost. A status of 4.x means nothing else once a server has given up. */
  isPermanent: boolean
  /** What the other server said; foreign text of one line. */
  diagnostic: string | null
}

/** What a mail reports of a delivery of ours that failed or waits; null when it reports nothing of that kind. */
export function bounceOf(mail: ParsedMail): Bounce | null {
  const reports = mail.attachments.filter(({ mimeType }) => /^message\/(?:global-)?delivery-status$/.test(mimeType))
  const blocks = reports.flatMap(({ bytes }) => reportBlocks(bytes))
  if (blocks.length > 0) return reportedBounce(mail, blocks)
  return looksLikeBounce(mail) ? withOriginal(mail, informalBounce(mail), undefined) : null
}

/** A report of several recipients counts as its worst; one that only tells of success is no bounce. */
function reportedBounce(mail: ParsedMail, blocks: readonly RawField[][]): Bounce | null {
  const recipients = blocks.filter((fields) =>
    fields.some(({ name }) => /^(?:action|status|final-recipient)$/.test(name)),
  )
  const read = recipients.map(readRecipient)
  const worst = read.find((one) => one?.action === 'failed') ?? read.find((one) => one !== null)
  if (worst === undefined || worst === null)
    return recipients.length > 0 ? null : withOriginal(mail, informalBounce(mail), blocks[0])
  return withOriginal(mail, worst, blocks[0])
}

type Reported = Omit<Bounce, 'originalMessageId'>

function readRecipient(fields: RawField[]): Reported | null {
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(reportedValue(fields, 'status') ?? '')?.[0] ?? null
  const diagnostic = reportedValue(fields, 'diagnostic-code')
  const action = actionOf(reportedValue(fields, 'action'), status ?? diagnostic)
  if (action === null) return null
  const recipient = reportedValue(fields, 'original-recipient') ?? reportedValue(fields, 'final-recipient')
  return {
    status,
    action,
    recipient: addrSpec(recipient ?? '') ?? recipient,
    isPermanent: action === 'failed',
    diagnostic,
  }
}

function actionOf(word: string | null, code: string | null): Bounce['action'] | null {
  const action = word?.toLowerCase()
  if (action === 'failed' || action === 'delayed') return action
  if (action !== undefined && /^(?:delivered|relayed|expanded)\b/.test(action)) return null
  if (code?.startsWith('5') === true) return 'failed'
  return code?.startsWith('4') === true ? 'delayed' : null
}

function withOriginal(mail: ParsedMail, reported: Reported, about: readonly RawField[] | undefined): Bounce {
  const named = about?.find(({ name }) => name === 'x-original-message-id' || name === 'original-message-id')?.value
  const quoted = /^[>\s]*message-id:\s*<([^<>\s]+)>/im.exec(mail.text)?.[1]
  const original = returnedMessageId(mail.attachments) ?? idOf(named) ?? idOf(quoted)
  return { ...reported, originalMessageId: original ?? mail.inReplyTo[0] ?? mail.references.at(-1) ?? null }
}
