import type { InboundHealth, InboundItem } from '../channels/channel.ts'
import { amend } from './amendment.ts'
import { resolveContact } from './contact.ts'
import { type Draft, type PlanContext, addPendingConversationEvents, openDraft } from './draft.ts'
import { applyHealth, applySignatureFailures } from './health.ts'
import type { IngestItem, ItemChannel, ItemResult, SignatureFailures } from './items.ts'
import { applyMessage } from './message.ts'
import { plausibleTime } from './plausible-time.ts'
import type { Snapshot } from './snapshot.ts'
import { applyConversationChange, applyReadMark } from './staff.ts'

export type Plan = { draft: Draft; results: ItemResult[] }

/**
 * What a batch of items does to the tables: pure, one item after the other on a copy of the snapshot. The same items in
 * another order, in other batches or more than once lead to the same rows, apart from journal numbers.
 */
export function planItems(snapshot: Snapshot, items: readonly IngestItem[], context: PlanContext): Plan {
  const draft = openDraft(snapshot, context)
  const results = items.map((ingestItem) => applyItem(draft, snapshot, ingestItem))
  addPendingConversationEvents(draft)
  return { draft, results }
}

function applyItem(draft: Draft, snapshot: Snapshot, { channel, item }: IngestItem): ItemResult {
  if (channel === undefined) {
    return item.kind === 'read' ? applyReadMark(draft, snapshot.readMarks, item) : applyConversationChange(draft, item)
  }
  if (channel.accountId !== undefined && channel.accountId !== channel.knownAccountId) {
    draft.accountIds.set(channel.id, channel.accountId)
  }
  if (item.kind === 'health') return applyHealth(draft, channel, item)
  return applyInbound(draft, channel, { ...item, at: plausibleTime(item.at, draft.context.now) })
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
    case 'edit':
    case 'deletion':
    case 'reaction':
      return amend(draft, channel, item)
    case 'signature_failures':
      return applySignatureFailures(draft, channel, item)
    case 'contact':
      resolveContact(draft, channel.id, item.contact, item.at)
      return { outcome: 'applied', messageId: null, conversationId: null, seq: null }
  }
}
