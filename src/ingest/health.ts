import type { InboundHealth } from '../channels/channel.ts'
import { derivedId } from '../lib/derived-id.ts'
import type { ChannelState } from '../protocol/words.ts'
import { type HealthRow, toWireHealth } from '../store/wire.ts'
import { type Draft, addEvent } from './draft.ts'
import type { ItemChannel, ItemResult, SignatureFailures } from './items.ts'
import { plausibleTime } from './plausible-time.ts'
import { putRow } from './rows.ts'

const severity: readonly ChannelState[] = ['idle', 'ok', 'warning', 'down']

function healthOf(draft: Draft, channelId: string): HealthRow {
  const blank = { lastInboundAt: null, lastErrorAt: null, lastErrorCode: null, lastErrorMessage: null }
  return (
    draft.health.byKey.get(channelId) ?? {
      tenantId: draft.context.tenantId,
      channelId,
      state: 'idle',
      stateAt: 0,
      ...blank,
      signatureFailures: 0,
      tokenExpiresAt: null,
      sessionState: null,
      alertTold: null,
      alertDownAt: null,
      alertUpAt: null,
      alertUpSince: null,
    }
  )
}

/** One report, told apart from others by what it says: many come without a time of their own. */
export function healthEventKey(channelId: string, { at, state, code, message }: InboundHealth): string {
  return `health:${derivedId(channelId, String(at), state, code, message)}`
}

/** What people were told of the channel, and what its state adds to it now. */
function stepAlert({ context }: Draft, row: HealthRow): { row: HealthRow; tell: 'channel_down' | 'channel_up' | null } {
  const told = {
    told: row.alertTold ?? 'up',
    downAt: row.alertDownAt,
    upAt: row.alertUpAt,
    upSince: row.alertUpSince,
  } as const
  const { alert, tell } = context.stepAlert(told, row.state === 'down', context.now)
  const { told: alertTold, downAt: alertDownAt, upAt: alertUpAt, upSince: alertUpSince } = alert
  return { row: { ...row, alertTold, alertDownAt, alertUpAt, alertUpSince }, tell }
}

function addHealthEvent(draft: Draft, channel: ItemChannel, health: HealthRow, key?: string): number {
  const { row, tell } = stepAlert(draft, health)
  putRow(draft.health, row)
  const because = tell === null ? {} : { cause: { kind: 'channel_alert', alert: tell } as const }
  const body = { type: 'channel_health', channel_id: channel.id, health: toWireHealth(row), ...because } as const
  return addEvent(draft, body, { platform: channel.platform, ...(key === undefined ? {} : { key }) })
}

/** Signs of life that come faster than this say nothing new, and each would cost a statement. */
const signOfLifeEveryMs = 1_000

/** A sign of life. It makes an event only when it changes the state, not for every message. */
export function countInbound(draft: Draft, channel: ItemChannel): void {
  const row = healthOf(draft, channel.id)
  const since = draft.context.now - (row.lastInboundAt ?? 0)
  if (row.state !== 'idle' && since >= 0 && since < signOfLifeEveryMs) return
  const lastInboundAt = Math.max(row.lastInboundAt ?? 0, draft.context.now)
  if (row.state === 'idle') addHealthEvent(draft, channel, { ...row, lastInboundAt, state: 'ok' })
  else putRow(draft.health, { ...row, lastInboundAt })
}

/** The latest report by the platform's clock wins; of two at one moment, the graver. */
export function applyHealth(draft: Draft, channel: ItemChannel, report: InboundHealth): ItemResult {
  const row = healthOf(draft, channel.id)
  const key = healthEventKey(channel.id, report)
  const item = { ...report, at: plausibleTime(report.at, draft.context.now) }
  const isNewer =
    item.at > row.stateAt || (item.at === row.stateAt && severity.indexOf(item.state) > severity.indexOf(row.state))
  if (draft.knownEventKeys.has(key) || !isNewer || isTold(row, item))
    return { outcome: 'duplicate', messageId: null, conversationId: null, seq: null }
  const trouble =
    item.state === 'ok' ? {} : { lastErrorAt: item.at, lastErrorCode: item.code, lastErrorMessage: item.message }
  const expiry = item.tokenExpiresAt === undefined ? {} : { tokenExpiresAt: item.tokenExpiresAt }
  const session = item.sessionState === undefined ? {} : { sessionState: item.sessionState }
  const next = { ...row, state: item.state, stateAt: item.at, ...trouble, ...expiry, ...session }
  const seq = addHealthEvent(draft, channel, next, key)
  draft.knownEventKeys.add(key)
  return { outcome: 'applied', messageId: null, conversationId: null, seq }
}

/** The companion says how its sessions stand whenever it is asked to; only what is new is an event. */
function isTold(row: HealthRow, { state, code, message, sessionState }: InboundHealth): boolean {
  if (sessionState === undefined || sessionState !== row.sessionState || state !== row.state) return false
  return state === 'ok' || (code === row.lastErrorCode && message === row.lastErrorMessage)
}

/** A channel that works again for long enough is told of, though nothing was heard of it meanwhile. */
export function sweepAlert(draft: Draft, channel: ItemChannel): ItemResult {
  const health = healthOf(draft, channel.id)
  const of = { messageId: null, conversationId: null }
  if (stepAlert(draft, health).tell === null) return { outcome: 'duplicate', ...of, seq: null }
  return { outcome: 'applied', ...of, seq: addHealthEvent(draft, channel, health) }
}

export function applySignatureFailures(draft: Draft, channel: ItemChannel, item: SignatureFailures): ItemResult {
  const row = healthOf(draft, channel.id)
  const signatureFailures = row.signatureFailures + item.count
  const trouble = {
    lastErrorAt: item.at,
    lastErrorCode: 'webhook.signature',
    lastErrorMessage:
      'A webhook came with a wrong signature. If this goes on, the app secret stored here is not the one Meta uses.',
  }
  const seq = addHealthEvent(draft, channel, { ...row, signatureFailures, ...trouble })
  return { outcome: 'applied', messageId: null, conversationId: null, seq }
}
