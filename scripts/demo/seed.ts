import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { LinkResponse } from '../../src/protocol/api.ts'
import { request } from '../lib/http.ts'
import { root } from '../lib/paths.ts'
import { ScriptError } from '../lib/terminal.ts'
import { demoChannels } from './accounts.ts'

const TenantResponse = z.object({ tenant: z.object({ id: z.string() }), service_key: z.string() })
const KeyResponse = z.object({ service_key: z.string() })
const DemoTenant = z.object({
  tenantId: z.string(),
  serviceKey: z.string(),
  /** The companion's own key to the Worker, and the one that seals what it keeps. */
  companion: z.object({ serviceKey: z.string(), sealingKey: z.string() }),
})
/** `isNew`: created just now, so nothing has been said yet. */
export type DemoTenant = z.infer<typeof DemoTenant> & { isNew: boolean }

/** Lies in the folder of the state. */
export const demoTenantFile = 'demo-tenant.json'

// The one member of staff of the demo.
const demoUser = { user_id: '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d10', name: 'Марія Савчук', role: 'admin' } as const

type Post = { url: string; bearer: string; body: unknown }

async function post<Schema extends z.ZodType>(call: Post, schema: Schema): Promise<z.infer<Schema>> {
  const headers = { authorization: `Bearer ${call.bearer}`, 'content-type': 'application/json' }
  const answer = await request(call.url, { method: 'POST', headers, body: JSON.stringify(call.body) })
  const parsed = schema.safeParse(answer.body)
  if (answer.status >= 300 || !parsed.success) {
    throw new ScriptError(`POST ${call.url} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  }
  return parsed.data
}

/** The tenant of a kept database; its keys cannot be read back from there, so they lie beside it. Local, and of no use elsewhere. */
function keptTenant(file: string): DemoTenant | null {
  if (!existsSync(file)) return null
  const kept = DemoTenant.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!kept.success) throw new ScriptError(`${file} is of another version: start once without DEMO_KEEP.`)
  return { ...kept.data, isNew: false }
}

/** A key that may bring what was seen and take what is to be sent, and nothing else. */
async function makeCompanionKeys(tenantUrl: string, adminToken: string): Promise<DemoTenant['companion']> {
  const body = { name: 'Companion', scopes: ['ingest', 'companion'] }
  const { service_key } = await post({ url: `${tenantUrl}/service-keys`, bearer: adminToken, body }, KeyResponse)
  return { serviceKey: service_key, sealingKey: randomBytes(32).toString('base64') }
}

/** Creates the demo tenant with one channel per platform, through the API an operator would use. */
export async function ensureDemoTenant(url: string, adminToken: string, stateDir: string): Promise<DemoTenant> {
  const file = resolve(root, stateDir, demoTenantFile)
  const kept = keptTenant(file)
  if (kept) return kept
  const admin = `${url}/api/v1/admin/tenants`
  const created = await post(
    { url: admin, bearer: adminToken, body: { name: 'Бюро перекладів «Слово»' } },
    TenantResponse,
  )
  for (const channel of demoChannels) {
    await post({ url: `${admin}/${created.tenant.id}/channels`, bearer: adminToken, body: channel }, z.unknown())
  }
  const companion = await makeCompanionKeys(`${admin}/${created.tenant.id}`, adminToken)
  const tenant = { tenantId: created.tenant.id, serviceKey: created.service_key, companion }
  writeFileSync(file, JSON.stringify(tenant))
  return { ...tenant, isNew: true }
}

/** A fresh one-time address that signs the demo user in. */
export async function mintSignInLink(url: string, tenant: DemoTenant): Promise<string> {
  const body = { ...demoUser, ttl_seconds: 86_400 }
  const link = await post({ url: `${url}/api/v1/auth/links`, bearer: tenant.serviceKey, body }, LinkResponse)
  return new URL(link.url, url).href
}
