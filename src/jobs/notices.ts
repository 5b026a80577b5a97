import { errorFields, log } from '../lib/log.ts'
import type { IngestItem } from '../ingest/items.ts'
import { alertSettleMs } from '../notifications/channel-alert.ts'
import { quarantineNotice } from '../notifications/notice.ts'
import { listGrownQuarantines, listSettledChannels } from '../store/notices.ts'
import type { JobDeps } from './job-deps.ts'

const maxChannels = 200
const hourMs = 3_600_000

/** Channels that flapped, and have worked for long enough to be told of: no report of theirs may ever come again. */
export async function tellSettledChannels(deps: JobDeps): Promise<number> {
  const channels = await listSettledChannels(deps.env.DB, { upBefore: deps.now() - alertSettleMs, limit: maxChannels })
  for (const { tenantId, id, platform } of channels) {
    await tell(deps, tenantId, { channel: { id, platform }, item: { kind: 'alert_sweep' } })
  }
  return channels.length
}

/** What came into quarantine in the hour before `at`, the time this run was meant for: hours neither overlap nor leave a gap. */
export async function tellGrownQuarantines(deps: JobDeps, at: number): Promise<number> {
  const grown = await listGrownQuarantines(deps.env.DB, { since: at - hourMs, until: at })
  for (const { tenantId, ...numbers } of grown) {
    const notice = quarantineNotice(numbers, at)
    if (notice !== null) await tell(deps, tenantId, { item: { kind: 'notice', ...notice } })
  }
  return grown.length
}

/** One tenant's trouble does not hide another's. */
async function tell(deps: JobDeps, tenantId: string, item: IngestItem): Promise<void> {
  try {
    await deps.receive(tenantId, [item])
  } catch (error) {
    log('error', 'notice.not_told', { tenantId, kind: item.item.kind, ...errorFields(error) })
  }
}
