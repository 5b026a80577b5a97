import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { request } from '../../scripts/lib/http.ts'
import { findFreePort } from '../../scripts/lib/http.ts'
import { paths } from '../../scripts/lib/paths.ts'
import type { SocketsSpec } from '../load/messages.ts'
import { phoneNumberId } from '../sample.ts'
import { bundle } from './bundle.ts'
import type { MiniflareSpec } from '../servers/miniflare-server.ts'
import { startMiniflare } from './child.ts'
import { type RunningPeer, appSecret } from './peer.ts'

/** As many as the hub lets one user have. */
const socketsPerUser = 20
const tokensAtOnce = 8

export type InboxOptions = { entry?: string; inspectorPort?: number }

/** The Worker of this checkout, as it is: real configuration, real migrations. */
export async function inboxSpec(port: number, workDir: string, options: InboxOptions = {}): Promise<MiniflareSpec> {
  return {
    port,
    script: await bundle(options.entry ?? 'src/index.ts', workDir),
    stateDir: join(workDir, `inbox-${port}`),
    bindings: {
      ...devVars(),
      META_APP_SECRET: appSecret,
      ALLOWED_ORIGINS: `http://127.0.0.1:${port}`,
      ENVIRONMENT: 'local',
      HUB_LOCATION: '',
    },
    object: { binding: 'HUB', className: 'TenantHub' },
    schema: migrationStatements(),
    buckets: ['BUCKET'],
    ...(options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }),
  }
}

const devVars = () => parseEnv(readFileSync(paths.devVarsExample, 'utf8')) as Record<string, string>
export const adminToken = (): string => devVars()['ADMIN_TOKEN'] ?? ''

/** That Worker, with a tenant made through its own API. */
export async function startEdgeInbox(workDir: string, options: InboxOptions = {}): Promise<RunningPeer> {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startMiniflare(await inboxSpec(port, workDir, options))
  const serviceKey = await createTenant(url, adminToken())
  return {
    ...server,
    sockets: (count) => socketsOf(url, serviceKey, count),
    eventTarget: null,
    webhookTarget: {
      port,
      path: '/api/v1/communications/webhooks/whatsapp',
      form: 'webhook',
      secret: appSecret,
    },
    databaseCalls: async () => {
      const { body } = await request(`${url}/bench/d1`)
      const { reads, batches } = body as { reads: number; batches: number }
      return reads + batches
    },
  }
}

function migrationStatements(): string[] {
  const files = readdirSync(paths.migrations).filter((name) => name.endsWith('.sql'))
  return files
    .sort()
    .flatMap((name) => readFileSync(join(paths.migrations, name), 'utf8').split('--> statement-breakpoint'))
}

export async function post(url: string, bearer: string, body: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  const answer = await request(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (answer.status >= 300) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

export async function createTenant(url: string, bearer: string): Promise<string> {
  const tenants = `${url}/api/v1/admin/tenants`
  const created = (await post(tenants, bearer, { name: 'Bench' })) as {
    tenant: { id: string }
    service_key: string
  }
  const channel = { platform: 'whatsapp', external_id: phoneNumberId, name: 'Bench' }
  await post(`${tenants}/${created.tenant.id}/channels`, bearer, channel)
  return created.service_key
}

async function socketsOf(url: string, serviceKey: string, count: number): Promise<SocketsSpec> {
  const users = Array.from({ length: Math.ceil(count / socketsPerUser) }, () => crypto.randomUUID())
  const tokens: string[] = []
  for (let at = 0; at < users.length; at += tokensAtOnce) {
    const some = users.slice(at, at + tokensAtOnce)
    tokens.push(...(await Promise.all(some.map((userId) => mintToken(url, serviceKey, userId)))))
  }
  return {
    port: Number(new URL(url).port),
    dialect: 'edge-inbox',
    requests: Array.from({ length: count }, (_, at) => {
      const user = Math.floor(at / socketsPerUser)
      return {
        path: `/api/v1/communications/ws/${users[user] ?? ''}`,
        headers: [`Authorization: Bearer ${tokens[user] ?? ''}`, 'Sec-WebSocket-Protocol: edge-inbox.v1'],
      }
    }),
  }
}

export async function mintToken(url: string, serviceKey: string, userId: string): Promise<string> {
  const body = { user_id: userId, name: 'Bench', ttl_seconds: 86_400 }
  const { token } = (await post(`${url}/api/v1/auth/tokens`, serviceKey, body)) as { token: string }
  return token
}
