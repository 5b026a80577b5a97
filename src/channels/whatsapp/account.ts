import { cleanText } from '../../lib/text.ts'
import type { Destination, ParsedUpdate } from '../channel.ts'
import type { Outcome } from '../meta/outcome.ts'
import type { AccountRule } from './account-rules.ts'
import { type Change, updateOf } from './change.ts'
import { Id, isObject, type Json, textOf } from '../meta/wire.ts'

/** An event of the account: news of the health of one channel, where it names one, or of all the account's channels. */
export function parseAccountEvent(change: Change, rule: AccountRule): ParsedUpdate[] {
  const part = { ...change.value }
  delete part['messaging_product']
  delete part['metadata']
  return [updateOf(change, part, () => readEvent(change, rule), destinationOf(change))]
}

/** A solution partner gets events under its own id; `waba_info` then says whose account they are about. */
function destinationOf(change: Change): Destination | undefined {
  const info = change.value['waba_info']
  const { data: accountId } = Id.safeParse(isObject(info) ? info['waba_id'] : undefined)
  return change.channel ?? (accountId === undefined ? change.account : { accountId })
}

function readEvent({ field, value, at }: Change, rule: AccountRule): Outcome {
  const verdict = rule.judge(value)
  if (verdict === undefined) return { refused: 'event.unknown' }
  if (verdict === 'ignored') return { ignored: field }
  const word = wordOf(value, rule)
  const shown = (rule.shows ?? []).flatMap((name) => textsOf(value[name], 3))
  const message = cleanText([word.replaceAll('_', ' '), ...shown].join(', '), 512)
  return { item: { kind: 'health', at, state: verdict, code: `${rule.code}.${word.toLowerCase()}`, message } }
}

function wordOf(value: Json, rule: AccountRule): string {
  const info = isObject(value['alert_info']) ? value['alert_info'] : {}
  return textOf(value[rule.word], 64) ?? textOf(info[rule.word], 64) ?? 'limited'
}

function textsOf(value: unknown, depth: number): string[] {
  if (depth === 0) return []
  if (Array.isArray(value)) return value.slice(0, 5).flatMap((element) => textsOf(element, depth - 1))
  if (isObject(value))
    return Object.values(value)
      .slice(0, 10)
      .flatMap((element) => textsOf(element, depth - 1))
  const text = textOf(value, 256)
  return text === undefined ? [] : [text]
}
