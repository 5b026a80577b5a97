import { z } from 'zod'
import type { AccountSpool } from '../account.ts'

/**
 * What became of the mails we sent, on the disk: SMTP cannot tell afterwards. `handed_over`: all of it is on its way but
 * for the answer, so it may be sent or not. Before that a mail has certainly not been sent, as no server takes one
 * without its end.
 */
const Entry = z.object({
  commandId: z.string(),
  messageId: z.string(),
  state: z.enum(['handed_over', 'sent']),
  /** The Message-ID that it really got; some servers write one of their own. */
  externalId: z.string(),
  /** The code with which the one it was meant for was refused, while others have got it. */
  refusal: z.string().nullable().default(null),
  at: z.number(),
})
export type SentEntry = z.infer<typeof Entry>

export type SentLog = {
  find(commandId: string): SentEntry | null
  /** @throws when the disk does; then the mail's end must not go out. */
  handedOver(commandId: string, messageId: string): void
  sent(commandId: string, sent: Pick<SentEntry, 'messageId' | 'externalId' | 'refusal'>): void
  /** It was certainly not taken: another attempt need not look for it. */
  notSent(commandId: string): void
  /** Whether it is one of ours that was found in the folder of sent mail, which shows that it has gone. */
  foundInSentFolder(messageId: string): boolean
}

/** An older mail's copy in the folder of sent mail is told to the Worker, which knows it by the same id. */
const maxEntries = 200
const name = 'outgoing'

export function createSentLog(spool: AccountSpool, now: () => number): SentLog {
  const stored = spool.read(name)
  let entries: SentEntry[] = stored === null ? [] : z.array(Entry).parse(JSON.parse(stored))

  function write(commandId: string, entry: SentEntry | null): void {
    const next = [...entries.filter((one) => one.commandId !== commandId), ...(entry === null ? [] : [entry])]
    const kept = next.slice(-maxEntries)
    spool.transaction((writer) => writer.set(name, JSON.stringify(kept)))
    entries = kept
  }
  const find = (commandId: string) => entries.find((one) => one.commandId === commandId) ?? null

  return {
    find,
    handedOver(commandId, messageId) {
      write(commandId, { commandId, messageId, state: 'handed_over', externalId: messageId, refusal: null, at: now() })
    },
    sent(commandId, sent) {
      write(commandId, { commandId, ...sent, state: 'sent', at: now() })
    },
    notSent(commandId) {
      if (find(commandId)?.state === 'handed_over') write(commandId, null)
    },
    foundInSentFolder(messageId) {
      const entry = entries.find((one) => one.messageId === messageId || one.externalId === messageId)
      if (entry === undefined) return false
      if (entry.state === 'handed_over') write(entry.commandId, { ...entry, state: 'sent' })
      return true
    },
  }
}
