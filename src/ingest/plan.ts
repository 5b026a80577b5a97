import type { InboundHealth, InboundItem } from '../channels/channel.ts'
import { applyStatus } from './adopt.ts'
import { amend, applyFile } from './amendment.ts'
import { resolveContact } from './contact.ts'
import { applyDelivery } from './delivery.ts'
import { type Draft, type PlanContext, addPendingConversationEvents, openDraft } from './draft.ts'
import { applyAttachment } from './files.ts'
import { applyHealth, applySignatureFailures, sweepAlert } from './health.ts'
import type { IngestItem, ItemChannel, ItemResult, SignatureFailures, StaffItem } from './items.ts'
import { applyWatermark } from './marks.ts'
import { applyMessage } from './message.ts'
import { plausibleTime } from './plausible-time.ts'
import { applyRetry, applySend } from './send.ts'
import type { Snapshot } from './snapshot.ts'
import { applyConversationChange, applyNote, applyNotice, applyReadMark } from './staff.ts'

export type Plan = { draft: Draft; results: ItemResult[] }

/**
 * What a batch of items does to the tables: pure, one item after the other on a copy of the snapshot. The same items in
 * another order, in other batches or more than once lead to the same rows, apart from journal numbers.
 */
export function planItems(snapshot: Snapshot, items: readonly IngestItem[], context: PlanContext): Plan {
  const draft = openDraft(snapshot, context)
  const results = items.map((ingestItem) => {
    const result = applyItem(draft, snapshot, ingestItem)
    replayEchoes(draft)
    return result
  })
  addPendingConversationEvents(draft)
  return { draft, results }
}

function applyItem(draft: Draft, snapshot: Snapshot, { channel, item }: IngestItem): ItemResult {
  if (channel === undefined) return applyStaffItem(draft, snapshot, item)
  if (channel.accountId !== undefined && channel.accountId !== channel.knownAccountId) {
    draft.accountIds.set(channel.id, channel.accountId)
  }
  if (item.kind === 'health') return applyHealth(draft, channel, item)
  if (item.kind === 'alert_sweep') return sweepAlert(draft, channel)
  return applyInbound(draft, channel, { ...item, at: plausibleTime(item.at, draft.context.now) })
}

function applyStaffItem(draft: Draft, snapshot: Snapshot, item: StaffItem): ItemResult {
  switch (item.kind) {
    case 'read':
      return applyReadMark(draft, snapshot.readMarks, item)
    case 'conversation':
      return applyConversationChange(draft, item)
    case 'send':
      return applySend(draft, item)
    case 'retry':
      return applyRetry(draft, item)
    case 'delivery':
      return applyDelivery(draft, item)
    case 'attachment':
      return applyAttachment(draft, item)
    case 'note':
      return applyNote(draft, item)
    case 'notice':
      return applyNotice(draft, item)
  }
}

function applyInbound(
  draft: Draft,
  channel: ItemChannel,
  item: Exclude<InboundItem, InboundHealth> | SignatureFailures,
): ItemResult {
  switch (item.kind) {
    case 'message':
      return applyMessage(draft, channel, item)
    case 'status':
      return applyStatus(draft, channel, item)
    case 'watermark':
      return applyWatermark(draft, channel, item)
    case 'edit':
    case 'deletion':
    case 'reaction':
      return amend(draft, channel, item)
    case 'file':
      return applyFile(draft, channel, item)
    case 'signature_failures':
      return applySignatureFailures(draft, channel, item)
    case 'contact':
      resolveContact(draft, channel.id, item.contact, item.at)
      return { outcome: 'applied', messageId: null, conversationId: null, seq: null }
  }
}

/** Echoes that were taken for a message of ours, until its own external id was known. */
function replayEchoes(draft: Draft): void {
  for (let replay = draft.replays.shift(); replay !== undefined; replay = draft.replays.shift()) {
    const { channel, item, status } = replay
    applyMessage(draft, channel, item)
    amend(draft, channel, status)
  }
}
