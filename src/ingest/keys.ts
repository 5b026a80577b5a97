import type { InboundItem } from '../channels/channel.ts'
import { healthEventKey } from './health.ts'
import type { AlertSweep, IngestItem, ItemChannel, SignatureFailures, StaffItem } from './items.ts'
import { sendMessageId } from './send.ts'
import { noteEventKey, noteId } from './staff.ts'

type AliasKey = [channelId: string, kind: string, value: string]

/** By what the rows are found that items touch. */
export type Keys = {
  aliases: AliasKey[]
  messages: [channelId: string, externalId: string][]
  messageIds: string[]
  /** Messages of ours that may get an external id by these items, or lose the one they have; empty where none is named. */
  settling: [messageId: string, externalId: string][]
  /** Whose replies an echo may be of, and to whom a mark applies. */
  echoes: AliasKey[]
  watermarks: AliasKey[]
  attachments: string[]
  needsJobs: boolean
  conversations: string[]
  readMarks: string[]
  channels: string[]
  events: string[]
}

export function keysOf(tenantId: string, items: readonly IngestItem[]): Keys {
  const keys: Keys = {
    aliases: [],
    messages: [],
    messageIds: [],
    settling: [],
    echoes: [],
    watermarks: [],
    attachments: [],
    needsJobs: false,
    conversations: [],
    readMarks: [],
    channels: [],
    events: [],
  }
  for (const { channel, item } of items) {
    if (channel === undefined) addStaffKeys(keys, tenantId, item)
    else addKeys(keys, channel, item)
  }
  return { ...keys, channels: [...new Set(keys.channels)] }
}

function addStaffKeys(keys: Keys, tenantId: string, item: StaffItem): void {
  if (item.kind === 'notice') {
    keys.events.push(item.key)
    return
  }
  keys.conversations.push(item.conversationId)
  switch (item.kind) {
    case 'conversation':
      return
    case 'note':
      keys.events.push(noteEventKey(noteId(tenantId, item)))
      return
    case 'read':
      keys.readMarks.push(item.messageId)
      return
    case 'send':
      keys.messageIds.push(sendMessageId(tenantId, item))
      if (item.replyToMessageId !== undefined) keys.messageIds.push(item.replyToMessageId)
      return
    case 'delivery':
      keys.settling.push([item.messageId, item.outcome.kind === 'sent' ? item.outcome.externalId : ''])
      break
    case 'attachment':
      keys.attachments.push(item.attachmentId)
      break
    case 'retry':
      break
  }
  keys.messageIds.push(item.messageId)
  keys.needsJobs = true
}

function addKeys(keys: Keys, channel: ItemChannel, item: InboundItem | SignatureFailures | AlertSweep): void {
  keys.channels.push(channel.id)
  if (item.kind === 'health') keys.events.push(healthEventKey(channel.id, item))
  const externalId = externalIdOf(item)
  if (externalId !== null) keys.messages.push([channel.id, externalId])
  if ('contact' in item) {
    const aliases = item.contact.aliases.map(({ kind, value }): AliasKey => [channel.id, kind, value])
    keys.aliases.push(...aliases)
    if (item.kind === 'watermark') keys.watermarks.push(...aliases)
    if (item.kind === 'message' && item.echo !== undefined) keys.echoes.push(...aliases)
    if (item.kind === 'message' && item.inConversation !== undefined) keys.conversations.push(item.inConversation)
  }
  addReference(keys, item)
}

/** The external id of the message an item is, or is about. */
export function externalIdOf(item: IngestItem['item']): string | null {
  if (item.kind === 'message') return item.externalId
  return 'targetExternalId' in item ? item.targetExternalId : null
}

/** An item that hands our own id back, or that may be an echo of a message of ours. */
function addReference(keys: Keys, item: InboundItem | SignatureFailures | AlertSweep): void {
  const isEcho = item.kind === 'message' && item.echo !== undefined
  const reference = item.kind === 'status' ? item.reference : isEcho ? item.echo?.reference : undefined
  const externalId = externalIdOf(item)
  if (isEcho) keys.needsJobs = true
  if (reference === undefined || externalId === null) return
  keys.needsJobs = true
  keys.messageIds.push(reference)
  keys.settling.push([reference, externalId])
}
