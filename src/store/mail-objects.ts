import { derivedId } from '../lib/derived-id.ts'

/** A mail's own names: from these come the keys of all that is kept of it, so that a repetition writes the same objects. */
export type MailName = { tenantId: string; channelId: string; externalId: string }

/** `raw`: as it came. `html`: cleaned. `text`: the whole of a text that is too long for its message. Others: its files. */
export type MailPart = 'raw' | 'html' | 'text' | `file ${number}`

export function mailObjectKey({ tenantId, channelId, externalId }: MailName, part: MailPart): string {
  return `t/${tenantId}/${derivedId(tenantId, 'mail', channelId, externalId, part)}`
}
