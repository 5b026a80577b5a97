import type { BroadcastItem } from '../../src/protocol/api.ts'
import { accountIds } from './accounts.ts'
import type { StepContext } from './step-context.ts'
import type { Step } from './story.ts'

const channel = { platform: 'telegram', external_id: accountIds.telegram } as const

/** What the companion would send for one step: its entrance takes messages of any platform in one form. */
export function telegramItem(step: Step & { text: string }, { customer, id, at }: StepContext): BroadcastItem {
  return {
    channel,
    conversation: { external_id: customer.address, client_name: customer.name },
    message: {
      external_id: id,
      direction: step.kind === 'answer' ? 'outbound' : 'inbound',
      type: 'text',
      content: step.text,
      created_at: new Date(at).toISOString(),
    },
  }
}
