import { receive } from '../hub/call-hub.ts'
import type { DeliveryItem, ItemResult } from '../ingest/items.ts'
import { log } from '../lib/log.ts'
import type { ResultFate, ToldResult } from '../outbox/companion-commands.ts'

/** What became of commands, to the tenant's journal. One fate for each, in order. */
export async function deliverResults(env: Env, tenantId: string, told: readonly ToldResult[]): Promise<ResultFate[]> {
  const results = await receive(
    env,
    tenantId,
    told.map((one) => ({ item: toItem(one) })),
  )
  return told.map(({ job }, at) => fateOf(tenantId, job.id, results[at]))
}

function toItem({ job, result: outcome, at }: ToldResult): DeliveryItem {
  const { id: jobId, conversationId, messageId } = job
  return { kind: 'delivery', conversationId, messageId, jobId, at, outcome }
}

function fateOf(tenantId: string, jobId: string, result: ItemResult | undefined): ResultFate {
  if (result !== undefined && result.outcome !== 'refused') return 'taken'
  const code = result?.code ?? 'item.refused'
  log('error', 'companion.result_refused', { tenantId, jobId, code })
  return code.endsWith('.not_found') ? 'gone' : 'refused'
}
