/**
 * The Message-ID of a reply that the mailbox's own server sends: it says which message it is of, and which attempt, so that
 * the copy in the folder of sent mail is known for it, and another attempt is another mail. Without brackets.
 */
export function ownMessageId({
  messageId,
  attemptId,
  from,
}: {
  messageId: string
  attemptId: string
  from: string
}): string {
  return `${messageId}.${attemptId.slice(0, 8)}@${from.slice(from.lastIndexOf('@') + 1)}`
}

const form = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[0-9a-f]{8}@[^@]+$/

/** Our id of the message that such a Message-ID is of; null for any other. */
export function messageOfOwnId(messageId: string): string | null {
  return form.exec(messageId)?.[1] ?? null
}
