import { describe, expect, it } from 'vitest'
import type { ParsedUpdate } from '../../src/channels/channel.ts'
import { type DeliverySource, type KnownChannels, destinationsOf, routeUpdates } from '../../src/http/routing.ts'
import type { DirectoryChannel } from '../../src/store/channel-directory.ts'

const shared: DeliverySource = { platform: 'whatsapp', metaAppId: null, tenantId: '' }
const own: DeliverySource = { platform: 'whatsapp', metaAppId: 'app', tenantId: 'a' }

function channel(tenantId: string, externalId: string, fields: Partial<DirectoryChannel> = {}): DirectoryChannel {
  return {
    tenantId,
    id: `${tenantId}-${externalId}`,
    platform: 'whatsapp',
    externalId,
    alternateExternalId: null,
    accountId: 'waba',
    metaAppId: null,
    ...fields,
  }
}

function known(...channels: DirectoryChannel[]): KnownChannels {
  return {
    byExternalId: new Map(channels.map((one) => [one.externalId, one])),
    byAccountId: Map.groupBy(channels, (one) => one.accountId ?? ''),
  }
}

type To = Extract<ParsedUpdate, { kind: 'item' }>['to']
const health = { kind: 'health', at: 0, state: 'ok', code: 'x', message: 'x' } as const
const item = (to: To, raw = 'raw'): ParsedUpdate => ({ kind: 'item', to, item: health, raw })
const refused = (to: To | undefined): ParsedUpdate => ({ kind: 'refused', reason: 'r', raw: 'raw', ...(to && { to }) })
const owners = (source: DeliverySource, channels: KnownChannels, update: ParsedUpdate) =>
  [...routeUpdates(source, channels, [update]).byTenant].map(([tenantId, items]) => [
    tenantId,
    items.map((one) => one.channel.id),
  ])
const refusal = (source: DeliverySource, channels: KnownChannels, update: ParsedUpdate) =>
  routeUpdates(source, channels, [update]).refusals.map(({ tenantId, reason }) => [tenantId, reason])

describe('routing', () => {
  it('goes to the channel that is named', () => {
    const channels = known(channel('a', '1'), channel('b', '2'))
    expect(owners(shared, channels, item({ channelExternalId: '2' }))).toEqual([['b', ['b-2']]])
    expect(refusal(shared, channels, item({ channelExternalId: '3' }))).toEqual([['', 'channel.unknown']])
  })

  it('goes to every channel of an account that is named', () => {
    const channels = known(
      channel('a', '1'),
      channel('a', '2'),
      channel('b', '3'),
      channel('b', '4', { accountId: 'other' }),
    )
    expect(owners(shared, channels, item({ accountId: 'waba' }))).toEqual([
      ['a', ['a-1', 'a-2']],
      ['b', ['b-3']],
    ])
    expect(refusal(shared, channels, item({ accountId: 'nobodys' }))).toEqual([['', 'channel.unknown']])
  })

  it('believes a signature for the channels of its app only', () => {
    const channels = known(
      channel('a', '1', { metaAppId: 'app' }),
      channel('a', '2'),
      channel('b', '3', { metaAppId: 'app' }),
    )
    expect(owners(own, channels, item({ channelExternalId: '1' }))).toEqual([['a', ['a-1']]])
    expect(refusal(own, channels, item({ channelExternalId: '2' }))).toEqual([['a', 'asset.foreign']])
    // Even where another tenant's channel names the same app by mistake.
    expect(refusal(own, channels, item({ channelExternalId: '3' }))).toEqual([['a', 'asset.foreign']])
    expect(refusal(shared, channels, item({ channelExternalId: '1' }))).toEqual([['', 'asset.foreign']])
    expect(owners(own, channels, item({ accountId: 'waba' }))).toEqual([['a', ['a-1']]])
  })

  it('keeps what was refused with the tenant it was for, if that is certain', () => {
    const channels = known(channel('a', '1'), channel('b', '2'))
    expect(refusal(shared, channels, refused({ channelExternalId: '1' }))).toEqual([['a', 'r']])
    expect(refusal(shared, channels, refused({ accountId: 'waba' }))).toEqual([['', 'r']])
    expect(refusal(shared, channels, refused(undefined))).toEqual([['', 'r']])
    expect(refusal(own, channels, refused({ channelExternalId: '2' }))).toEqual([['a', 'r']])
  })

  it('counts what is ignored and looks nothing up for it', () => {
    const updates: ParsedUpdate[] = [
      { kind: 'ignored', reason: 'x' },
      item({ channelExternalId: '1' }),
      item({ channelExternalId: '1' }),
      item({ accountId: 'waba' }),
    ]
    expect(destinationsOf(updates)).toEqual({ externalIds: ['1'], accountIds: ['waba'] })
    expect(routeUpdates(shared, known(), updates)).toMatchObject({ ignored: 1, refusals: { length: 3 } })
  })

  it('tells ingest the account that the delivery names, and the one already known', () => {
    const { byTenant } = routeUpdates(shared, known(channel('a', '1', { accountId: null })), [
      item({ channelExternalId: '1', accountId: 'new' }),
    ])
    expect(byTenant.get('a')?.[0]?.ingest.channel).toEqual({
      id: 'a-1',
      platform: 'whatsapp',
      accountId: 'new',
      knownAccountId: null,
    })
  })
})
