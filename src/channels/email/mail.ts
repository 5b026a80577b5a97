/** `address` as its sender wrote it, but for comments and the case of its domain; not necessarily one that can be answered. */
export type MailAddress = { name: string; address: string }

/** One header field of the mail itself: unfolded, not decoded. `name` is lower-case. */
export type MailHeader = { name: string; value: string }

/** What can be told of a mail by its header alone. All text is decoded, of one line, and free of control characters. */
export type MailHead = {
  /** Without brackets, case kept. Made from what is known of the mail where it carries none that can be used. */
  messageId: string
  hasOwnMessageId: boolean
  /** The same for every copy of one mail, whichever way it came; different for different mails. See `identity.ts`. */
  fingerprint: string
  from: MailAddress | null
  sender: MailAddress | null
  replyTo: MailAddress[]
  to: MailAddress[]
  cc: MailAddress[]
  subject: string
  /** Epoch ms of the Date header; 0 where there is none to be believed. Untrusted: see `clampSentAt`. */
  sentAt: number
  /** Ids without brackets, as they stood; junk between them is left out. */
  inReplyTo: string[]
  /** Oldest first. */
  references: string[]
  headers: MailHeader[]
  warnings: MailWarning[]
}

/** `misleading_name`: the display name holds an e-mail address that is not the sender's. */
export type MailWarning = 'no_sender' | 'several_senders' | 'misleading_name'

export type MailAttachment = {
  /** Fit to be shown and to be offered for saving; made up where the mail names none. */
  filename: string
  /** Lower-case, without parameters; what the mail claims, not what the bytes are. */
  mimeType: string
  /** Without brackets. */
  contentId: string | null
  /** The HTML shows it by its content id. */
  isInline: boolean
  /** May be a view of the raw mail: copy it before changing it. */
  bytes: Uint8Array
}

export type ParsedMail = MailHead & {
  kind: 'parsed'
  /** The whole text, quotations included. Made from the HTML where the mail has no text of its own. */
  text: string
  isTextFromHtml: boolean
  /** As sent: foreign and dangerous until `sanitizeMailHtml`. */
  html: string | null
  attachments: MailAttachment[]
}

/** Why a mail was not taken apart: which limit it exceeds, or a fault of the parser. */
export type UnreadReason = 'size' | 'headers' | 'depth' | 'parts' | 'text' | 'parser'

/** A mail that is shown by its header, with the raw mail to download. */
export type UnreadMail = MailHead & { kind: 'oversized' | 'broken'; reason: UnreadReason }

export type Mail = ParsedMail | UnreadMail

export type MailLimits = {
  /** The raw mail. */
  bytes: number
  /** Header fields of the mail and of all its parts together. */
  headerBytes: number
  /** Multiparts inside one another. */
  depth: number
  parts: number
  /** Text and HTML to be shown, decoded. */
  textBytes: number
}

/** Email Routing takes up to 25 MiB. The rest is above nearly any mail that people write; logs of 1.2 MB have been seen. */
export const mailLimits: MailLimits = {
  bytes: 26_214_400,
  headerBytes: 65_536,
  depth: 32,
  parts: 100,
  textBytes: 2_097_152,
}
