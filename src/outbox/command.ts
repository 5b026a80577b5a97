import { type Letter, letterOf } from '../channels/email/letter.ts'
import { ownMessageId } from '../channels/email/own-message-id.ts'
import type { OutboundMessage } from '../channels/outbound.ts'
import { normaliseMessageId } from '../lib/message-id.ts'
import type { Command, CommandMail } from '../protocol/companion.ts'
import type { FailureKind } from '../protocol/message.ts'
import type { JobRow } from '../store/jobs.ts'
import type { Outgoing } from '../store/outgoing.ts'
import { type CallContext, openChannel } from './open-channel.ts'
import { type MailContext, toOutboundMail } from './outbound-mail.ts'
import { type FileAccess, toOutboundMessage } from './outbound-message.ts'
import { type SendResult, failedResult } from './send-rules.ts'

export const commandFilePath = '/api/v1/companion/files'

/** What it takes to put a reply into a command. */
export type CommandDeps = CallContext & { files: FileAccess; threads: MailContext }

/** A reply as the companion gets it, or why nobody needs to try. */
export type Made = { ok: true; command: Command } | { ok: false; result: SendResult }

export async function toCommand(job: JobRow, outgoing: Outgoing, deps: CommandDeps): Promise<Made> {
  const message = toOutboundMessage(outgoing, deps.files)
  if (message === null) return failed('recipient.unknown', 'There is no address.', 'recipient')
  if (outgoing.conversation.platform !== 'email') return { ok: true, command: commandOf(job, outgoing, null) }
  const letter = await composeMail(job, { outgoing, message }, deps)
  return letter.ok ? { ok: true, command: commandOf(job, outgoing, letter.mail) } : letter
}

function failed(code: string, title: string, kind: FailureKind): { ok: false; result: SendResult } {
  return { ok: false, result: failedResult({ code, title, details: null, kind }) }
}

function commandOf(
  job: JobRow,
  { message, conversation, files, aliases }: Outgoing,
  mail: CommandMail | null,
): Command {
  return {
    seq: job.seq,
    id: job.id,
    message_id: message.id,
    conversation: { external_id: aliases[0]?.value ?? conversation.externalId, thread: conversation.thread },
    type: message.type,
    content: message.content,
    reply_to_external_id: message.replyToExternalId,
    attachments: files.map(({ id, filename, mimeType, size }) => ({
      filename: filename ?? 'file',
      mime_type: mimeType ?? 'application/octet-stream',
      size: size ?? 0,
      url: `${commandFilePath}/${id}`,
    })),
    mail,
    created_at: new Date(job.createdAt).toISOString(),
  }
}

type Composed = { ok: true; mail: CommandMail } | { ok: false; result: SendResult }

/** The same letter that the relay would be given; only its Message-ID is ours to choose here. */
async function composeMail(
  job: JobRow,
  { outgoing, message }: { outgoing: Outgoing; message: OutboundMessage },
  deps: CommandDeps,
): Promise<Composed> {
  const opening = await openChannel(deps, job.tenantId, job.channelId)
  if (!opening.ok) return failed('credentials.unreadable', 'The credentials of this channel cannot be read.', 'token')
  const mail = await toOutboundMail(deps.threads, outgoing, opening.open)
  const letter = letterOf({ ...message, mail })
  if (!letter.ok) return { ok: false, result: failedResult(letter.refusal.error) }
  return { ok: true, mail: commandMailOf(job, letter.value) }
}

function commandMailOf({ id, messageId }: JobRow, letter: Letter): CommandMail {
  const { from, to, cc, bcc, replyTo, subject, text, html, inReplyTo, references } = letter
  return {
    message_id: ownMessageId({ messageId, attemptId: id, from: from.address }),
    ...{ from, to, cc, bcc, reply_to: replyTo, subject, text, html },
    in_reply_to: normaliseMessageId(inReplyTo ?? ''),
    references: (references ?? '').split(' ').flatMap((one) => normaliseMessageId(one) ?? []),
  }
}
