import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openAppSecrets, openVerifyToken } from '../../src/http/meta-app-secrets.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { unseal } from '../../src/lib/seal.ts'
import { openDatabase } from '../../src/store/database.ts'
import { findMetaApp } from '../../src/store/meta-apps.ts'
import { type Json, admin, newTenant } from '../worker/api.ts'

let lastNumber = 500_000_000_000
const freshNumber = () => String((lastNumber += 1))
const channel = (fields: Json = {}) => ({ platform: 'whatsapp', external_id: freshNumber(), name: 'Main', ...fields })
const metaApp = (fields: Json = {}) => ({
  meta_app_id: freshNumber(),
  name: 'Own app',
  app_secret: 'canary-app-secret',
  verify_token: 'canary-verify-token',
  ...fields,
})

const statusesOf = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).sort((a, b) => a - b)

async function newChannel(tenantId: string, fields: Json = {}): Promise<Json> {
  const { json } = await admin(`/tenants/${tenantId}/channels`, { json: channel(fields) })
  return json['channel'] as Json
}

/** Everything that lies in the database, as text. */
async function wholeDatabase(): Promise<string> {
  const tables = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\'",
  ).all<{ name: string }>()
  const rows = await Promise.all(tables.results.map(({ name }) => env.DB.prepare(`select * from "${name}"`).all()))
  return JSON.stringify(rows.map(({ results }) => results))
}

describe('tenants', () => {
  it('are created with the head of their journal and a key of every scope', async () => {
    const tenant = await newTenant('  Бюро  ')
    expect(tenant.key).toMatch(/^eik_[0-9a-f]{48}_[A-Za-z0-9_-]{43}$/)
    const head = await env.DB.prepare(
      'select seq, revision, length(epoch) as n from journal_heads where tenant_id = ?1',
    )
      .bind(tenant.id)
      .first()
    expect(head).toEqual({ seq: 0, revision: 0, n: 16 })
    const { json } = await admin(`/tenants/${tenant.id}/service-keys`)
    expect(json['items']).toMatchObject([
      { scopes: ['ingest', 'tokens', 'notifications', 'webhooks'], revoked_at: null },
    ])
  })

  it('are listed', async () => {
    const tenant = await newTenant('Listed')
    const { json } = await admin('/tenants')
    expect(json['items']).toContainEqual(expect.objectContaining({ id: tenant.id, name: 'Listed', disabled_at: null }))
    expect(json['next_cursor']).toBeNull()
  })
})

describe('channels', () => {
  it('are created, read, changed, listed and removed', async () => {
    const { id } = await newTenant()
    const created = await newChannel(id, { account_id: '77', name: 'First' })
    const health = {
      state: 'idle',
      last_inbound_at: null,
      last_error_at: null,
      last_error_code: null,
      last_error_message: null,
      signature_failures: 0,
      token_expires_at: null,
      session_state: null,
    }
    expect(created).toMatchObject({
      platform: 'whatsapp',
      name: 'First',
      account_id: '77',
      has_credentials: false,
      health,
    })
    const path = `/tenants/${id}/channels/${String(created['id'])}`
    expect((await admin(path)).json['channel']).toEqual(created)
    const changed = await admin(path, { method: 'PATCH', json: { name: 'Second', account_id: null } })
    expect(changed.json['channel']).toEqual({ ...created, name: 'Second', account_id: null })
    expect((await admin(`/tenants/${id}/channels`)).json['items']).toEqual([changed.json['channel']])
    expect((await admin(path, { method: 'DELETE' })).status).toBe(204)
    expect((await admin(path)).code).toBe('channel.not_found')
    expect((await admin(path, { method: 'DELETE' })).code).toBe('channel.not_found')
  })

  it('are one for each account, whoever asks, also at the same time', async () => {
    const [a, b] = [await newTenant(), await newTenant()]
    const json = channel()
    const answers = await Promise.all([a, b, a, b].map(({ id }) => admin(`/tenants/${id}/channels`, { json })))
    expect(statusesOf(answers)).toEqual([201, 409, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.code).toBe('channel.taken')
    const elsewhere = await admin(`/tenants/${b.id}/channels`, { json: { ...json, platform: 'instagram' } })
    expect(elsewhere.status).toBe(201)
  })

  it('may have a second id, which no other account has, whoever asks first', async () => {
    const [a, b] = [await newTenant(), await newTenant()]
    const [first, second] = [freshNumber(), freshNumber()]
    const own = await newChannel(a.id, { platform: 'instagram', external_id: first, alternate_external_id: second })
    expect(own).toMatchObject({ external_id: first, alternate_external_id: second })
    const create = (fields: Json) =>
      admin(`/tenants/${b.id}/channels`, { json: channel({ platform: 'instagram', ...fields }) })
    const taken = [
      await create({ external_id: second }),
      await create({ alternate_external_id: second }),
      await create({ alternate_external_id: first }),
    ]
    for (const answer of taken) expect([answer.status, answer.code]).toEqual([409, 'channel.taken'])
    const other = await newChannel(b.id, { platform: 'instagram' })
    const path = `/tenants/${b.id}/channels/${String(other['id'])}`
    const change = (alternate: string | null) =>
      admin(path, { method: 'PATCH', json: { alternate_external_id: alternate } })
    for (const id of [first, second]) expect((await change(id)).code).toBe('channel.taken')
    const third = freshNumber()
    expect((await change(third)).json['channel']).toMatchObject({ alternate_external_id: third })
    expect((await change(third)).status).toBe(200)
    expect((await change(null)).json['channel']).toMatchObject({ alternate_external_id: null })
    const contested = freshNumber()
    const both = await Promise.all([
      change(contested),
      create({ alternate_external_id: contested }),
      create({ alternate_external_id: contested }),
    ])
    expect(both.filter(({ status }) => status < 300)).toHaveLength(1)
  })

  it('keep their credentials sealed, and never give them back', async () => {
    const { id } = await newTenant()
    const { json } = await admin(`/tenants/${id}/channels`, {
      json: channel({ credentials: { access_token: 'canary-credential-1' } }),
    })
    const created = json['channel'] as Json
    const path = `/tenants/${id}/channels/${String(created['id'])}`
    const changed = await admin(path, {
      method: 'PATCH',
      json: { credentials: { access_token: 'canary-credential-2' } },
    })
    const answers = JSON.stringify([json, changed.json, (await admin(path)).json])
    expect(created['has_credentials']).toBe(true)
    expect(answers).not.toMatch(/canary-credential|v1\.k/)
    expect(await wholeDatabase()).not.toContain('canary-credential')
    const row = await env.DB.prepare('select sealed_credentials as sealed from channels where id = ?1')
      .bind(created['id'])
      .first<{ sealed: string }>()
    const { encryptionKeys } = loadConfig(env)
    const context = { tenantId: id, kind: 'channel_credentials', rowId: String(created['id']) }
    expect(JSON.parse(await unseal(encryptionKeys, row?.sealed ?? '', context))).toEqual({
      access_token: 'canary-credential-2',
    })
  })

  it('are out of reach for another tenant', async () => {
    const [own, other] = [await newTenant(), await newTenant()]
    const { id } = await newChannel(own.id)
    const path = `/tenants/${other.id}/channels/${String(id)}`
    expect((await admin(path)).code).toBe('channel.not_found')
    expect((await admin(path, { method: 'PATCH', json: { name: 'Taken' } })).code).toBe('channel.not_found')
    expect((await admin(path, { method: 'DELETE' })).code).toBe('channel.not_found')
    expect((await admin(`/tenants/${own.id}/channels/${String(id)}`)).json['channel']).toMatchObject({ name: 'Main' })
  })

  it('name only a Meta app of their own tenant', async () => {
    const [own, other] = [await newTenant(), await newTenant()]
    const app = metaApp()
    await admin(`/tenants/${other.id}/meta-apps`, { json: app })
    const json = channel({ meta_app_id: app.meta_app_id })
    expect((await admin(`/tenants/${own.id}/channels`, { json })).code).toBe('meta_app.not_found')
    const { id } = await newChannel(own.id)
    const change = { method: 'PATCH', json: { meta_app_id: app.meta_app_id } }
    expect((await admin(`/tenants/${own.id}/channels/${String(id)}`, change)).code).toBe('meta_app.not_found')
    expect((await admin(`/tenants/${other.id}/channels`, { json })).status).toBe(201)
  })

  it.each([
    ['tenant_id', { tenant_id: '00000000-0000-4000-8000-000000000000' }],
    ['id', { id: '00000000-0000-4000-8000-000000000000' }],
    ['external_id', { external_id: '1' }],
    ['platform', { platform: 'email' }],
    ['sealed_credentials', { sealed_credentials: 'x' }],
    ['health', { health: { state: 'ok' } }],
  ])('are not changed in %s', async (_, change) => {
    const { id } = await newTenant()
    const created = await newChannel(id)
    const path = `/tenants/${id}/channels/${String(created['id'])}`
    const answer = await admin(path, { method: 'PATCH', json: { name: 'x', ...change } })
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid'])
    expect((await admin(path)).json['channel']).toEqual(created)
  })

  it('need a tenant that exists', async () => {
    const answer = await admin(`/tenants/${crypto.randomUUID()}/channels`, { json: channel() })
    expect([answer.status, answer.code]).toEqual([404, 'tenant.not_found'])
    expect((await admin('/tenants/not-a-uuid/channels', { json: channel() })).code).toBe('request.invalid')
  })

  it('take external ids as text only: a number would lose digits', async () => {
    const { id } = await newTenant()
    const answer = await admin(`/tenants/${id}/channels`, {
      json: channel({ external_id: 1234567890123456789n.toString() }),
    })
    expect(answer.json['channel']).toMatchObject({ external_id: '1234567890123456789' })
    const number = await admin(`/tenants/${id}/channels`, { json: channel({ external_id: 123 }) })
    expect([number.status, number.text.includes('external_id')]).toEqual([400, true])
  })
})

describe('service keys', () => {
  it('live two at a time', async () => {
    const { id } = await newTenant()
    const path = `/tenants/${id}/service-keys`
    const answers = await Promise.all(Array.from({ length: 8 }, () => admin(path, { json: { name: 'Second' } })))
    expect(statusesOf(answers)).toEqual([201, 409, 409, 409, 409, 409, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.code).toBe('service_key.limit')
    const created = answers.find(({ status }) => status === 201)
    expect((await admin(`${path}/${String(created?.json['id'])}`, { method: 'DELETE' })).status).toBe(204)
    expect((await admin(path, { json: {} })).status).toBe(201)
  })

  it('are listed without their secrets, and stay in the list when revoked', async () => {
    const { id, key } = await newTenant()
    const path = `/tenants/${id}/service-keys`
    const made = await admin(path, { json: { name: 'Companion', scopes: ['ingest'] } })
    await admin(`${path}/${key.slice(36, 52)}`, { method: 'DELETE' })
    const { json, text } = await admin(path)
    expect(json['items']).toMatchObject([
      { name: 'Service key', revoked_at: expect.any(String) as unknown },
      { name: 'Companion', scopes: ['ingest'], revoked_at: null },
    ])
    for (const secret of [key, String(made.json['service_key'])]) expect(text).not.toContain(secret.slice(-43))
  })

  it('of another tenant cannot be revoked', async () => {
    const [own, other] = [await newTenant(), await newTenant()]
    const answer = await admin(`/tenants/${other.id}/service-keys/${own.key.slice(36, 52)}`, { method: 'DELETE' })
    expect([answer.status, answer.code]).toEqual([404, 'service_key.not_found'])
  })

  it.each([[{ scopes: [] }], [{ scopes: ['admin'] }], [{ tenant_id: 'x' }], [{ secret: 'mine' }]])(
    'are not made with %o',
    async (json) => {
      const { id } = await newTenant()
      expect((await admin(`/tenants/${id}/service-keys`, { json })).status).toBe(400)
    },
  )
})

describe('Meta apps', () => {
  const db = openDatabase(env.DB)
  const stored = async (tenantId: string, metaAppId: string) => {
    const row = await findMetaApp(db, tenantId, metaAppId)
    if (row === undefined) throw new Error('no such app')
    return row
  }

  it('keep their secrets sealed, also after a rotation', async () => {
    const { id } = await newTenant()
    const app = metaApp()
    const path = `/tenants/${id}/meta-apps`
    const made = await admin(path, { json: app })
    expect(made.status).toBe(201)
    const rotated = await admin(`${path}/${app.meta_app_id}/rotate`, { json: { app_secret: 'canary-newer-secret' } })
    const listed = await admin(path)
    expect(made.text + rotated.text + listed.text + (await wholeDatabase())).not.toContain('canary-')
    const { encryptionKeys } = loadConfig(env)
    const row = await stored(id, app.meta_app_id)
    expect(await openAppSecrets(encryptionKeys, row, Date.now())).toEqual(['canary-newer-secret', app.app_secret])
    expect(await openAppSecrets(encryptionKeys, row, Date.now() + 86_400_000)).toEqual(['canary-newer-secret'])
    expect(await openVerifyToken(encryptionKeys, row)).toBe(app.verify_token)
  })

  it('take a rotation without overlap', async () => {
    const { id } = await newTenant()
    const app = metaApp()
    await admin(`/tenants/${id}/meta-apps`, { json: app })
    const json = { app_secret: 'canary-newer-secret', overlap_seconds: 0 }
    await admin(`/tenants/${id}/meta-apps/${app.meta_app_id}/rotate`, { json })
    const row = await stored(id, app.meta_app_id)
    expect(await openAppSecrets(loadConfig(env).encryptionKeys, row, Date.now())).toEqual(['canary-newer-secret'])
  })

  it('belong to one tenant', async () => {
    const [own, other] = [await newTenant(), await newTenant()]
    const json = metaApp()
    expect((await admin(`/tenants/${own.id}/meta-apps`, { json })).status).toBe(201)
    const again = await admin(`/tenants/${other.id}/meta-apps`, { json })
    expect([again.status, again.code]).toEqual([409, 'meta_app.taken'])
    const path = `/tenants/${other.id}/meta-apps/${json.meta_app_id}`
    expect((await admin(`${path}/rotate`, { json: { app_secret: 'another-secret' } })).code).toBe('meta_app.not_found')
    expect((await admin(path, { method: 'DELETE' })).code).toBe('meta_app.not_found')
  })

  it('stay as long as a channel needs them', async () => {
    const { id } = await newTenant()
    const app = metaApp()
    await admin(`/tenants/${id}/meta-apps`, { json: app })
    const created = await newChannel(id, { meta_app_id: app.meta_app_id })
    const path = `/tenants/${id}/meta-apps/${app.meta_app_id}`
    const inUse = await admin(path, { method: 'DELETE' })
    expect([inUse.status, inUse.code]).toEqual([409, 'meta_app.in_use'])
    await admin(`/tenants/${id}/channels/${String(created['id'])}`, { method: 'PATCH', json: { meta_app_id: null } })
    expect((await admin(path, { method: 'DELETE' })).status).toBe(204)
  })

  it.each([[{ app_secret: '' }], [{ verify_token: 'short' }], [{ sealed_secret: 'x' }], [{ tenant_id: 'x' }]])(
    'are not made with %o',
    async (fields) => {
      const { id } = await newTenant()
      expect((await admin(`/tenants/${id}/meta-apps`, { json: metaApp(fields) })).status).toBe(400)
    },
  )
})
