import type { Attempt } from '../../../companion/account.ts'
import type { Command, CommandMail } from '../../../src/protocol/companion.ts'

let counter = 0

/** A command as the Worker makes it: an answer to a customer's mail. */
export function mailCommand(mail: Partial<CommandMail> = {}, changes: Partial<Command> = {}): Command {
  counter += 1
  const id = `00000000-0000-4000-8000-${String(counter).padStart(12, '0')}`
  return {
    seq: counter,
    id,
    message_id: id,
    conversation: { external_id: 'olena@customer.example', thread: 't' },
    type: 'text',
    content: 'Good day',
    reply_to_external_id: null,
    attachments: [],
    mail: {
      message_id: `${id}@example.com`,
      from: { address: 'office@example.com', name: 'The office' },
      to: 'olena@customer.example',
      cc: [],
      bcc: [],
      reply_to: 'office+r.abc@example.com',
      subject: 'Re: Переклад',
      text: 'Good day\n\n-- \nThe office',
      html: '<p>Good day</p>',
      in_reply_to: 'q2@customer.example',
      references: ['q1@customer.example', 'q2@customer.example'],
      ...mail,
    },
    created_at: new Date().toISOString(),
    ...changes,
  }
}

export function attemptOf(command: Command, isRepeat = false): Attempt {
  return { command, nonce: 1n, isRepeat }
}
