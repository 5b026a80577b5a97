import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { runChannelLife } from '../../src/jobs/channel-life.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { unseal } from '../../src/lib/seal.ts'
import { selectTurn } from '../../src/store/channel-life.ts'
import { openDatabase } from '../../src/store/database.ts'
import { freshNumber } from '../worker/inbox.ts'
import { countOf, rowsOf } from '../worker/tenant.ts'
import {
  type Stage,
  type StageOptions,
  createStage,
  eventsOf,
  healthOf,
  store,
  storeCredentials,
  token,
  watching,
} from './platform-setup.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Only this test's channel is looked after: those of the tests before it have no credentials any more. */
async function stageAlone(options: StageOptions): Promise<Stage> {
  await env.DB.prepare('update channels set sealed_credentials = null').run()
  return createStage(options)
}

async function look(stage: Stage): Promise<void> {
  await runChannelLife(stage.deps)
}

async function credentialsOf({ tenantId, channelId }: Stage): Promise<Record<string, string>> {
  const [row] = await rowsOf<{ sealed_credentials: string }>(
    'select sealed_credentials from channels where tenant_id = ?1',
    tenantId,
  )
  const context = { tenantId, kind: 'channel_credentials', rowId: channelId }
  return JSON.parse(await unseal(loadConfig(env).encryptionKeys, row?.sealed_credentials ?? '', context)) as never
}

type ChannelRow = {
  checked_at: number
  reconciled_at: number
  alternate_external_id: string
  token_refreshed_at: number
}

async function channelOf(stage: Stage): Promise<ChannelRow | undefined> {
  return (await rowsOf<ChannelRow>('select * from channels where tenant_id = ?1', stage.tenantId))[0]
}

describe('an account that is looked after', () => {
  it.each(['whatsapp', 'facebook', 'instagram'] as const)('of %s that is well makes no noise', async (platform) => {
    const stage = await stageAlone({ platform })
    await look(stage)
    expect(await eventsOf(stage, 'channel_health')).toEqual([])
    expect((await channelOf(stage))?.checked_at).toBe(stage.clock.now)
  })

  it('shows when its token ends, warns a week before, and says so once', async () => {
    const stage = await stageAlone({ platform: 'facebook', expiresAt: Date.now() + 8 * dayMs })
    await look(stage)
    expect(await healthOf(stage)).toMatchObject({ state: 'ok' })
    expect((await healthOf(stage))?.token_expires_at).toBeGreaterThan(stage.clock.now + 7 * dayMs)
    for (let hour = 0; hour < 3; hour++) {
      stage.clock.now += hour === 0 ? 2 * dayMs : hourMs
      await look(stage)
      expect(await healthOf(stage)).toMatchObject({ state: 'warning', last_error_code: 'token.expires_soon' })
    }
    expect(await eventsOf(stage, 'channel_health')).toHaveLength(2)
    const notices = await eventsOf(stage, 'notification')
    expect(notices.map((data) => JSON.parse(data) as object)).toMatchObject([
      { notification: { kind: 'token_expiring', channel_id: stage.channelId, to: null } },
    ])
  })

  it('is down once its token has ended, and up again with the next one', async () => {
    const stage = await stageAlone({ platform: 'facebook' })
    stage.graph.expireToken(token)
    await look(stage)
    expect(await healthOf(stage)).toMatchObject({ state: 'down', last_error_code: 'token.refused' })
    stage.graph.addAccount({ platform: 'facebook', id: stage.accountId, token: 'another' })
    await storeCredentials(stage, { access_token: 'another' })
    stage.clock.now += hourMs
    await look(stage)
    expect(await healthOf(stage)).toMatchObject({ state: 'ok' })
  })

  it('whose webhooks nobody subscribed to says so', async () => {
    const stage = await stageAlone({ platform: 'facebook', subscribedFields: ['messages'] })
    await look(stage)
    expect(await healthOf(stage)).toMatchObject({ state: 'warning', last_error_code: 'check.subscription.incomplete' })
  })

  it('keeps its state while the platform does not answer', async () => {
    const stage = await stageAlone({ platform: 'facebook' })
    stage.graph.loseRequest(100)
    await look(stage)
    expect(await eventsOf(stage, 'channel_health')).toEqual([])
  })

  it('that breaks does not keep the others from their turn', async () => {
    const broken = await stageAlone({ platform: 'facebook' })
    const well = await createStage({ platform: 'whatsapp' })
    broken.graph.expireToken(token)
    const receive = () => Promise.reject(new Error('the hub is away'))
    await runChannelLife({ ...broken.deps, receive })
    expect(await healthOf(broken)).toBeUndefined()
    expect((await channelOf(well))?.checked_at).not.toBeNull()
  })

  it('has its turn once an hour, also when two runs meet', async () => {
    const stage = await stageAlone({ platform: 'whatsapp' })
    const checks = () => stage.graph.calls.filter(({ kind }) => kind === 'debug_token').length
    await Promise.all(Array.from({ length: 8 }, () => look(stage)))
    expect(checks()).toBe(1)
    stage.clock.now += hourMs / 2
    await look(stage)
    expect(checks()).toBe(1)
    stage.clock.now += hourMs / 2
    await look(stage)
    expect(checks()).toBe(2)
  })

  it('of a tenant that is switched off, or without credentials, has none', async () => {
    const off = await stageAlone({ platform: 'whatsapp' })
    await env.DB.prepare('update tenants set disabled_at = 1 where id = ?1').bind(off.tenantId).run()
    const without = await createStage({ platform: 'whatsapp', credentials: null })
    await look(off)
    expect([(await channelOf(off))?.checked_at, (await channelOf(without))?.checked_at]).toEqual([null, null])
  })

  it('is found by an index, those that wait longest first', async () => {
    const turn = { platforms: ['whatsapp' as const], now: 1, checkedBefore: 1, limit: 4 }
    const { sql, params } = selectTurn(openDatabase(env.DB), turn).toSQL()
    const { results } = await env.DB.prepare(`explain query plan ${sql}`)
      .bind(...params)
      .all<{ detail: string }>()
    const plan = results.map(({ detail }) => detail).join('\n')
    expect(plan).toContain('directory_channels_checked')
    expect(plan).not.toContain('TEMP B-TREE')
  })
})

describe('an Instagram account that signed in with Instagram', () => {
  const login = { platform: 'instagram', credentials: { login: 'instagram' } } as const

  it('has its token renewed in time, and everything uses the new one', async () => {
    const now = Date.now()
    const stage = await stageAlone({ ...login, issuedAt: now - 40 * dayMs, expiresAt: now + 20 * dayMs })
    await look(stage)
    const renewed = await credentialsOf(stage)
    expect(renewed).toMatchObject({ login: 'instagram' })
    expect(renewed['access_token']).not.toBe(token)
    expect((await healthOf(stage))?.token_expires_at).toBe(stage.clock.now + 60 * dayMs)
    stage.graph.revokeToken(token)
    const refreshes = () => stage.graph.calls.filter(({ kind }) => kind === 'refresh_token').length
    for (let day = 0; day < 3; day++) {
      stage.clock.now += dayMs
      await look(stage)
    }
    expect([await healthOf(stage), refreshes()]).toMatchObject([{ state: 'ok' }, 1])
    stage.clock.now += 28 * dayMs
    await look(stage)
    expect(refreshes()).toBe(2)
  })

  it('whose token is too young to be renewed is left alone until it is not', async () => {
    const stage = await stageAlone({ ...login, issuedAt: Date.now() })
    await env.DB.prepare('update channels set created_at = ?2 where tenant_id = ?1')
      .bind(stage.tenantId, stage.clock.now)
      .run()
    await look(stage)
    expect([(await credentialsOf(stage))['access_token'], await healthOf(stage)]).toEqual([token, undefined])
  })

  it('keeps what an operator stored while it was being renewed', async () => {
    const now = Date.now()
    const stage = await stageAlone({ ...login, issuedAt: now - 40 * dayMs, expiresAt: now + 20 * dayMs })
    const meanwhile = watching(stage, async (url) => {
      if (url.includes('refresh_access_token')) await storeCredentials(stage, { access_token: 'by hand' })
      return undefined
    })
    await runChannelLife({ ...stage.deps, ...meanwhile })
    expect(await credentialsOf(stage)).toEqual({ access_token: 'by hand' })
  })

  it('says so when the token cannot be renewed', async () => {
    const now = Date.now()
    const stage = await stageAlone({ ...login, issuedAt: now - 40 * dayMs, expiresAt: now + 20 * dayMs })
    stage.graph.fail({ code: 10, match: ({ kind }) => kind === 'refresh_token' })
    await look(stage)
    expect(await healthOf(stage)).toMatchObject({ state: 'warning', last_error_code: 'token.refresh_failed' })
    stage.clock.now += hourMs
    await look(stage)
    expect(await healthOf(stage)).toMatchObject({ state: 'ok' })
  })

  it('is known by its second id from then on', async () => {
    const alternateId = freshNumber()
    const stage = await stageAlone({ ...login, alternateId })
    await look(stage)
    expect((await channelOf(stage))?.alternate_external_id).toBe(alternateId)
  })

  it('does not take an id that is somebody else’s', async () => {
    const other = await stageAlone({ platform: 'instagram' })
    const stage = await createStage({ ...login, alternateId: other.accountId })
    await look(stage)
    expect((await channelOf(stage))?.alternate_external_id).toBeNull()
    expect((await channelOf(stage))?.checked_at).toBe(stage.clock.now)
  })
})

describe('messages that no webhook brought', () => {
  const text = (stage: Stage, mid: string, at: number, fields: object = {}) => {
    const event = {
      sender: { id: '77' },
      recipient: { id: stage.accountId },
      timestamp: at,
      message: { mid, text: `text of ${mid}` },
      ...fields,
    }
    const object = stage.platform === 'instagram' ? 'instagram' : 'page'
    stage.graph.observe({ object, entry: [{ id: stage.accountId, messaging: [event] }] })
  }
  const known = (stage: Stage, externalId: string, at: number) =>
    store(stage, {
      kind: 'message',
      at,
      externalId,
      contact: { aliases: [{ kind: 'user', value: '77' }], name: 'Олена' },
      direction: 'inbound',
      type: 'text',
      content: `text of ${externalId}`,
    })

  it.each(['facebook', 'instagram'] as const)('of %s are found, stored once and told of', async (platform) => {
    const stage = await stageAlone({ platform })
    const at = stage.clock.now - hourMs
    await known(stage, 'mid.known', at)
    text(stage, 'mid.known', at)
    text(stage, 'mid.lost', at + 1000)
    await look(stage)
    const contents = () =>
      rowsOf<{ content: string }>(
        'select content from messages where tenant_id = ?1 order by created_at',
        stage.tenantId,
      )
    expect((await contents()).map(({ content }) => content)).toEqual(['text of mid.known', 'text of mid.lost'])
    expect(await countOf('conversations', stage.tenantId)).toBe(1)
    expect(await healthOf(stage)).toMatchObject({ state: 'warning', last_error_code: 'messages.recovered' })
    const events = await countOf('journal_events', stage.tenantId)
    stage.clock.now += hourMs
    await look(stage)
    expect([await countOf('messages', stage.tenantId), await countOf('journal_events', stage.tenantId)]).toEqual([
      2,
      events,
    ])
    stage.clock.now += dayMs
    await look(stage)
    expect(await healthOf(stage)).toMatchObject({ state: 'ok' })
  })

  it('are not missed while their webhooks may be on the way', async () => {
    const stage = await stageAlone({ platform: 'facebook' })
    text(stage, 'mid.young', stage.clock.now - 60_000)
    await look(stage)
    expect(await countOf('messages', stage.tenantId)).toBe(0)
    stage.clock.now += hourMs
    await look(stage)
    expect(await countOf('messages', stage.tenantId)).toBe(1)
  })

  it('from before the account was connected stay where they are', async () => {
    const stage = await stageAlone({ platform: 'facebook' })
    await env.DB.prepare('update channels set created_at = ?2 where tenant_id = ?1')
      .bind(stage.tenantId, stage.clock.now - hourMs)
      .run()
    text(stage, 'mid.old', stage.clock.now - 2 * hourMs)
    text(stage, 'mid.new', stage.clock.now - hourMs / 2)
    await look(stage)
    const stored = await rowsOf<{ external_id: string }>(
      'select external_id from messages where tenant_id = ?1',
      stage.tenantId,
    )
    expect(stored).toEqual([{ external_id: 'mid.new' }])
  })

  it('of ours, sent elsewhere, are outbound and not unread', async () => {
    const stage = await stageAlone({ platform: 'facebook' })
    const ids = { sender: { id: stage.accountId }, recipient: { id: '77' } }
    text(stage, 'mid.ours', stage.clock.now - hourMs, {
      ...ids,
      message: { mid: 'mid.ours', text: 'x', is_echo: true },
    })
    await look(stage)
    const sql = 'select direction, counts_unread from messages where tenant_id = ?1'
    expect(await rowsOf(sql, stage.tenantId)).toEqual([{ direction: 'outbound', counts_unread: 0 }])
  })

  it('are looked for again when the platform broke off', async () => {
    const stage = await stageAlone({ platform: 'facebook' })
    text(stage, 'mid.lost', stage.clock.now - hourMs)
    stage.graph.fail({ code: 2, match: ({ kind }) => kind === 'conversations' })
    await look(stage)
    expect([(await channelOf(stage))?.reconciled_at, await countOf('messages', stage.tenantId)]).toEqual([null, 0])
    stage.clock.now += hourMs
    await look(stage)
    expect([(await channelOf(stage))?.reconciled_at, await countOf('messages', stage.tenantId)]).toEqual([
      stage.clock.now,
      1,
    ])
  })

  it('found by eight runs at once make one message and one event', async () => {
    const stage = await stageAlone({ platform: 'facebook' })
    text(stage, 'mid.lost', stage.clock.now - hourMs)
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        await env.DB.prepare('update channels set checked_at = null where tenant_id = ?1').bind(stage.tenantId).run()
        await look(stage)
      }),
    )
    expect(await countOf('messages', stage.tenantId)).toBe(1)
    expect(await eventsOf(stage, 'new_message')).toHaveLength(1)
  })
})
