import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createChannelLookup } from '../../src/http/channel-lookup.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createChannel, freshNumber } from '../worker/inbox.ts'
import { createTenant } from '../worker/tenant.ts'

describe('whose account it is', () => {
  it('is remembered for a minute, a miss never', async () => {
    let now = 0
    const lookup = createChannelLookup(() => now)
    const tenantId = await createTenant()
    const externalId = freshNumber()
    const find = async () =>
      (await lookup.find(openDatabase(env.DB), 'whatsapp', [externalId, externalId])).get(externalId)
    expect(await find()).toBeUndefined()
    const { id } = await createChannel(tenantId, 'whatsapp', { externalId })
    expect(await find()).toMatchObject({ tenantId, id, accountId: null })
    await env.DB.prepare('update channels set meta_app_id = ?2 where tenant_id = ?1').bind(tenantId, 'app').run()
    now = 59_999
    expect(await find()).toMatchObject({ metaAppId: null })
    now = 60_000
    expect(await find()).toMatchObject({ metaAppId: 'app' })
  })

  it('keeps platforms apart', async () => {
    const lookup = createChannelLookup(() => 0)
    const { externalId } = await createChannel(await createTenant(), 'facebook')
    expect((await lookup.find(openDatabase(env.DB), 'instagram', [externalId])).size).toBe(0)
    expect((await lookup.find(openDatabase(env.DB), 'facebook', [externalId])).size).toBe(1)
  })

  it('is found by either of the two ids of an account, each under the id that was asked for', async () => {
    const lookup = createChannelLookup(() => 0)
    const { id, externalId } = await createChannel(await createTenant(), 'instagram')
    const alternate = freshNumber()
    await env.DB.prepare('update channels set alternate_external_id = ?2 where id = ?1').bind(id, alternate).run()
    for (let time = 0; time < 2; time++) {
      const found = await lookup.find(openDatabase(env.DB), 'instagram', [alternate, externalId, 'nobody'])
      expect([...found].map(([key, channel]) => [key, channel.id])).toEqual(
        expect.arrayContaining([
          [alternate, id],
          [externalId, id],
        ]),
      )
      expect(found.size).toBe(2)
    }
  })

  it('belongs to whoever has an id as their own, before whoever has it as a second one', async () => {
    const lookup = createChannelLookup(() => 0)
    const own = await createChannel(await createTenant(), 'instagram')
    const other = await createChannel(await createTenant(), 'instagram')
    await env.DB.prepare('update channels set alternate_external_id = ?2 where id = ?1')
      .bind(other.id, own.externalId)
      .run()
    const found = await lookup.find(openDatabase(env.DB), 'instagram', [own.externalId])
    expect(found.get(own.externalId)?.id).toBe(own.id)
  })

  it('learns an account without becoming any younger', async () => {
    let now = 0
    const lookup = createChannelLookup(() => now)
    const { externalId } = await createChannel(await createTenant())
    const find = async () => (await lookup.find(openDatabase(env.DB), 'whatsapp', [externalId])).get(externalId)
    const channel = await find()
    now = 50_000
    if (channel !== undefined) lookup.rememberAccount(channel, 'waba')
    expect(await find()).toMatchObject({ accountId: 'waba' })
    now = 60_000
    expect(await find()).toMatchObject({ accountId: null })
  })
})
