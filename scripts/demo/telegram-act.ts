import type { StepContext } from './step-context.ts'
import type { Customer, Step } from './story.ts'

/**
 * Something that happens in a chat at Telegram's end. Its message goes by a name of the demo's own, `id`: Telegram numbers
 * messages when they are said. `target`: the message that it is about, by such a name or by Telegram's number. `read`: the
 * customer has read up to there.
 */
export type TelegramAct = {
  customer: Customer
  id: string
  at: number
  step: Step | { kind: 'read' }
  target: string | null
}

export function actOf(step: Step, { customer, id, at, idOf }: StepContext): TelegramAct {
  const key = targetKey(step)
  return { customer, id, at, step, target: key === null ? null : idOf(key) }
}

/** The customer reads what was written, up to this message. */
export function readAct(customer: Customer, target: string, at: number): TelegramAct {
  return { customer, id: '', at, step: { kind: 'read' }, target }
}

function targetKey(step: Step): string | null {
  switch (step.kind) {
    case 'text':
      return step.replyTo ?? null
    case 'reaction':
      return step.to
    case 'edit':
    case 'unsend':
    case 'vote':
      return step.of
    default:
      return null
  }
}
