import type { Direction } from '../../protocol/words.ts'
import { derivedId } from '../../lib/derived-id.ts'
import { addressKey } from '../../lib/addr-spec.ts'
import type { MailHead } from './mail.ts'
import type { ReadHead } from './mail-head.ts'

/**
 * What makes two deliveries one mail. A Message-ID alone does not: broken senders repeat theirs, lists send changed
 * copies under the same one, and a stranger may use any id he has seen to have his mail, or yours, taken for a copy. So
 * an inbound mail is known by its id together with a fingerprint of sender, date, subject and body, taken after decoding
 * and without white space: the same mail by another way (another relay, another transfer encoding, folded otherwise,
 * fetched by IMAP) has the same one.
 *
 * `body`: the text of a mail that was taken apart with the names and hashes of its files, else a hash of its raw body.
 */
export function identify({ ownMessageId, date, ...head }: ReadHead, body: string): MailHead {
  const sent = head.sentAt > 0 ? String(head.sentAt) : date
  const fingerprint = derivedId(
    'mail',
    addressKey(head.from?.address ?? ''),
    sent,
    squeeze(head.subject),
    squeeze(body),
  )
  return {
    ...head,
    fingerprint,
    messageId: ownMessageId ?? `${fingerprint}@no-id.invalid`,
    hasOwnMessageId: ownMessageId !== null,
  }
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, '')
}

/**
 * The external id of the message. What the business itself sent is known by its Message-ID alone, as that is all we are
 * told when we send: the copy in the mailbox's folder of sent mail then meets our own row.
 */
export function externalIdOf({ messageId, fingerprint }: MailHead, direction: Direction): string {
  return direction === 'outbound' ? messageId : `${messageId} ${fingerprint}`
}

/**
 * The external ids under which the mails with one Message-ID are stored: this one itself, and all from `after` up to
 * `before`, in the order of their characters. An id holds no blank, so nobody else's fall between.
 */
export function externalIdRange(messageId: string): { exact: string; after: string; before: string } {
  return { exact: messageId, after: `${messageId} `, before: `${messageId}!` }
}
