import { addrSpec } from '../../lib/addr-spec.ts'
import { informalBounce, looksLikeBounce } from './informal-bounce.ts'
import type { ParsedMail } from './mail.ts'
import { idOf, reportBlocks, reportedValue, returnedMessageId } from './report-fields.ts'
import type { RawField } from './header-block.ts'

/** What became of a mail of ours on its way to one of its recipients. */
export type BouncedDelivery = {
  /** Enhanced status code (RFC 3463), such as `5.1.1`; null where none is given. */
  status: string | null
  action: 'failed' | 'delayed'
  recipient: string | null
  /** Nobody will try again: the mail is lost. A status of 4.x means nothing else once a server has given up. */
  isPermanent: boolean
  /** What the other server said; foreign text of one line. */
  diagnostic: string | null
}

/** The worst of what it tells, and all of it. */
export type Bounce = BouncedDelivery & {
  /** Of the mail that did not arrive, where the report tells. */
  originalMessageId: string | null
  deliveries: readonly BouncedDelivery[]
}

/** What a mail reports of a delivery of ours that failed or waits; null when it reports nothing of that kind. */
export function bounceOf(mail: ParsedMail): Bounce | null {
  const reports = mail.attachments.filter(({ mimeType }) => /^message\/(?:global-)?delivery-status$/.test(mimeType))
  const blocks = reports.flatMap(({ bytes }) => reportBlocks(bytes))
  if (blocks.length > 0) return reportedBounce(mail, blocks)
  return looksLikeBounce(mail) ? withOriginal(mail, [informalBounce(mail)], undefined) : null
}

/** A report of several recipients counts as its worst; one that only tells of success is no bounce. */
function reportedBounce(mail: ParsedMail, blocks: readonly RawField[][]): Bounce | null {
  const recipients = blocks.filter((fields) =>
    fields.some(({ name }) => /^(?:action|status|final-recipient)$/.test(name)),
  )
  const read = recipients.map(readRecipient).filter((one) => one !== null)
  return withOriginal(mail, recipients.length > 0 ? read : [informalBounce(mail)], blocks[0])
}

function readRecipient(fields: RawField[]): BouncedDelivery | null {
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

/** A line of the returned header within the text, quoted or folded. Linear: what may repeat stays within a line. */
const quotedId = /^[> \t]*message-id:[ \t]*(?:\r?\n[> \t]+)?<([^<>\s]+)>/im

/** Null where nothing came back. */
function withOriginal(
  mail: ParsedMail,
  deliveries: readonly BouncedDelivery[],
  about: readonly RawField[] | undefined,
): Bounce | null {
  const worst = deliveries.find(({ action }) => action === 'failed') ?? deliveries[0]
  if (worst === undefined) return null
  const named = about?.find(({ name }) => name === 'x-original-message-id' || name === 'original-message-id')?.value
  const original = returnedMessageId(mail.attachments) ?? idOf(named) ?? idOf(quotedId.exec(mail.text)?.[1])
  return { ...worst, deliveries, originalMessageId: original ?? mail.inReplyTo[0] ?? mail.references.at(-1) ?? null }
}
