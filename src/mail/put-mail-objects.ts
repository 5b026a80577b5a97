import { createSlots } from '../lib/slots.ts'
import { type MailFacts, filesOf } from './mail-item.ts'
import { type MailPart, mailObjectKey } from '../store/mail-objects.ts'

/** Uploads at the same time; the platform lets a Worker have six connections. */
const maxUploads = 4

/**
 * Puts all that is kept of a mail into R2. Comes before its message, which must not name what is not there. What is left
 * when this breaks off, the next delivery of the same mail writes over.
 * @throws whatever R2 throws
 */
export async function putMailObjects(bucket: R2Bucket, facts: MailFacts, raw: Uint8Array): Promise<void> {
  const { name, mail, text } = facts
  const inSlot = createSlots(maxUploads)
  const put = (part: MailPart, bytes: Uint8Array | string) => inSlot(() => bucket.put(mailObjectKey(name, part), bytes))
  await Promise.all([
    put('raw', raw),
    ...(text.html === null ? [] : [put('html', text.html)]),
    ...(text.overflow === null ? [] : [put('text', text.overflow)]),
    ...filesOf(mail).map(({ bytes }, position) => put(`file ${position}`, bytes)),
  ])
}
