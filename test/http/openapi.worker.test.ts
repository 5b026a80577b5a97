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
