import type { MailRelay } from '../../src/channels/outbound.ts'
import type { Faults } from './faults.ts'
import type { Mailed } from './mails.ts'

/** Sends mail for us: it takes a mail, refuses it, or takes it and nobody hears of it. */
export type ModelRelay = { mailed: Mailed[]; binding: Env['MAIL']; restart(): void }

export function createModelRelay(faults: Faults): ModelRelay {
  const send: MailRelay['send'] = async ({ from, text, replyTo, headers }) => {
    const fate = faults.mailing()
    const isTaken = fate === 'sent' || fate === 'unheard'
    const id = isTaken ? `out.${relay.mailed.length}@relay.example` : null
    relay.mailed.push({
      ...{ id, text, replyTo: replyTo ?? '', references: headers['References'] ?? '' },
      from: typeof from === 'string' ? from : from.email,
      isRefused: fate === 'refused' || fate === 'busy',
    })
    if (fate === 'refused') throw Object.assign(new Error('No'), { code: 'E_RECIPIENT_NOT_ALLOWED' })
    if (fate === 'busy') throw Object.assign(new Error('Later'), { code: 'E_RATE_LIMIT_EXCEEDED' })
    if (fate !== 'sent') throw new Error('Network connection lost.')
    await scheduler.wait(faults.answerDelayMs())
    return { messageId: `<${id}>` }
  }
  const relay: ModelRelay = {
    mailed: [],
    binding: { send } as unknown as Env['MAIL'],
    restart() {
      relay.mailed = []
    },
  }
  return relay
}
