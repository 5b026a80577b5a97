import { describe, expect, it } from 'vitest'
import { app } from '../../src/http/app.ts'
import { call } from '../worker/api.ts'

const routes = app.routes
  .filter(({ method, path }) => method !== 'ALL' && !path.endsWith('*'))
  .map(({ method, path }) => `${method} ${path}`)

describe('openapi.json', () => {
  type Operation = {
    summary?: string
    tags?: string[]
    security?: unknown[]
    responses?: Record<string, unknown>
    requestBody?: unknown
  }
  type Specification = {
    openapi: string
    info: { title: string }
    paths: Record<string, Record<string, Operation>>
    components: { securitySchemes: object }
  }
  const read = async () => (await call('/openapi.json')).json as unknown as Specification

  it('describes every route with a summary, a tag, who may call it and what it answers', async () => {
    const { paths, info, components } = await read()
    expect(info.title).toBe('Edge Inbox')
    expect(Object.keys(components.securitySchemes)).toEqual(['operator', 'service', 'user', 'session'])
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
    )
    const wanted = [...new Set(routes)]
      .filter((route) => route !== 'GET /openapi.json')
      .map((route) => route.replaceAll(/:([a-z_]+)/g, '{$1}'))
    expect(described.map(({ name }) => name).sort()).toEqual(wanted.sort())
    for (const { name, operation } of described) {
      const { summary, tags, security, responses = {} } = operation
      expect([name, typeof summary, tags?.length, Array.isArray(security)]).toEqual([name, 'string', 1, true])
      const good = Object.keys(responses).filter((status) => Number(status) < 400)
      expect([name, good.length > 0, '500' in responses]).toEqual([name, true, true])
    }
  })

  it('lists the whole surface: which routes there are, and which caller each of them wants', async () => {
    const { paths } = await read()
    const surface = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security = [] }]) => {
        const callers = security.flatMap((one) => Object.keys(one as object))
        return `${callers.join('/') || 'anyone'} ${method.toUpperCase()} ${path}`
      }),
    )
    expect(surface.sort().join('\n')).toMatchInlineSnapshot(`
      "anyone DELETE /api/v1/auth/sessions
      anyone GET /api/v1/communications/files/{token}
      anyone GET /api/v1/communications/webhooks/{platform}
      anyone GET /api/v1/communications/webhooks/{platform}/{meta_app_id}
      anyone GET /api/v1/communications/ws/{user_id}
      anyone GET /api/v1/notifications/digest/confirm/{token}
      anyone GET /api/v1/notifications/digest/stop/{token}
      anyone GET /api/v1/notifications/ws/{user_id}
      anyone GET /healthz
      anyone POST /api/v1/auth/sessions
      anyone POST /api/v1/communications/webhooks/{platform}
      anyone POST /api/v1/communications/webhooks/{platform}/{meta_app_id}
      anyone POST /api/v1/notifications/digest/confirm/{token}
      anyone POST /api/v1/notifications/digest/stop/{token}
      operator DELETE /api/v1/admin/tenants/{tenant_id}/channels/{id}
      operator DELETE /api/v1/admin/tenants/{tenant_id}/meta-apps/{meta_app_id}
      operator DELETE /api/v1/admin/tenants/{tenant_id}/service-keys/{id}
      operator GET /api/v1/admin/quarantine
      operator GET /api/v1/admin/tenants
      operator GET /api/v1/admin/tenants/{tenant_id}/channels
      operator GET /api/v1/admin/tenants/{tenant_id}/channels/{id}
      operator GET /api/v1/admin/tenants/{tenant_id}/meta-apps
      operator GET /api/v1/admin/tenants/{tenant_id}/quarantine
      operator GET /api/v1/admin/tenants/{tenant_id}/service-keys
      operator PATCH /api/v1/admin/tenants/{tenant_id}
      operator PATCH /api/v1/admin/tenants/{tenant_id}/channels/{id}
      operator POST /api/v1/admin/quarantine/{id}/replay
      operator POST /api/v1/admin/tenants
      operator POST /api/v1/admin/tenants/{tenant_id}/channels
      operator POST /api/v1/admin/tenants/{tenant_id}/epoch
      operator POST /api/v1/admin/tenants/{tenant_id}/meta-apps
      operator POST /api/v1/admin/tenants/{tenant_id}/meta-apps/{meta_app_id}/rotate
      operator POST /api/v1/admin/tenants/{tenant_id}/quarantine/{id}/replay
      operator POST /api/v1/admin/tenants/{tenant_id}/service-keys
      service DELETE /api/v1/auth/users/{user_id}/sessions
      service DELETE /api/v1/webhook-endpoints/{id}
      service GET /api/v1/auth/users/{user_id}
      service GET /api/v1/companion/checkpoints/{platform}/{external_id}
      service GET /api/v1/companion/commands
      service GET /api/v1/companion/files/{id}
      service GET /api/v1/companion/ws
      service GET /api/v1/webhook-endpoints
      service GET /api/v1/webhook-endpoints/{id}
      service PATCH /api/v1/auth/users/{user_id}
      service PATCH /api/v1/webhook-endpoints/{id}
      service POST /api/v1/auth/links
      service POST /api/v1/auth/tokens
      service POST /api/v1/communications/broadcast-message
      service POST /api/v1/communications/inbound-email
      service POST /api/v1/communications/test-notification
      service POST /api/v1/companion/leases
      service POST /api/v1/companion/results
      service POST /api/v1/companion/states
      service POST /api/v1/notifications
      service POST /api/v1/webhook-endpoints
      service POST /api/v1/webhook-endpoints/{id}/replay
      service POST /api/v1/webhook-endpoints/{id}/rotate
      service POST /api/v1/webhook-endpoints/{id}/test
      service PUT /api/v1/companion/checkpoints/{platform}/{external_id}
      service/user/session POST /api/v1/communications/uploads
      user/session DELETE /api/v1/notifications/push/subscriptions/{id}
      user/session GET /api/v1/auth/me
      user/session GET /api/v1/communications/attachments/{id}
      user/session GET /api/v1/communications/channels
      user/session GET /api/v1/communications/channels/{id}/templates
      user/session GET /api/v1/communications/conversations
      user/session GET /api/v1/communications/conversations/{id}
      user/session GET /api/v1/communications/conversations/{id}/messages
      user/session GET /api/v1/communications/conversations/{id}/notes
      user/session GET /api/v1/communications/conversations/{id}/picture
      user/session GET /api/v1/communications/events
      user/session GET /api/v1/communications/messages/{id}/html
      user/session GET /api/v1/communications/messages/{id}/raw
      user/session GET /api/v1/communications/staff
      user/session GET /api/v1/notifications
      user/session GET /api/v1/notifications/digest
      user/session GET /api/v1/notifications/push
      user/session GET /api/v1/notifications/settings
      user/session GET /api/v1/notifications/unread
      user/session PATCH /api/v1/communications/conversations/{id}
      user/session POST /api/v1/auth/tickets
      user/session POST /api/v1/communications/attachments/{id}/retry
      user/session POST /api/v1/communications/conversations/{id}/messages
      user/session POST /api/v1/communications/conversations/{id}/notes
      user/session POST /api/v1/communications/conversations/{id}/read
      user/session POST /api/v1/communications/conversations/{id}/typing
      user/session POST /api/v1/communications/messages/{id}/reaction
      user/session POST /api/v1/communications/messages/{id}/retry
      user/session POST /api/v1/notifications/digest/confirmation
      user/session POST /api/v1/notifications/push/subscriptions
      user/session POST /api/v1/notifications/read-all
      user/session POST /api/v1/notifications/test
      user/session POST /api/v1/notifications/{id}/read
      user/session PUT /api/v1/notifications/settings"
    `)
  })

  it('has a schema for every body, in and out', async () => {
    const { paths } = await read()
    const tokens = paths['/api/v1/auth/tokens']?.['post']
    expect(tokens?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { type: 'object', required: ['user_id', 'name'] } } },
    })
    expect(tokens?.responses?.['200']).toMatchObject({
      content: { 'application/json': { schema: { type: 'object', required: ['token', 'expires_at'] } } },
    })
    expect(tokens?.responses?.['400']).toMatchObject({
      content: { 'application/json': { schema: { properties: { error: { required: ['code', 'message'] } } } } },
    })
  })
})
