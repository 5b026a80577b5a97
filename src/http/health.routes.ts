import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import type { AppEnv } from './app-env.ts'
import { describe } from './describe.ts'

const HealthResponse = z.object({
  status: z.literal('ok'),
  environment: z.enum(['local', 'staging', 'production']),
  push: z.enum(['on', 'off']),
})

const health = describe({
  tag: 'running',
  summary: 'Whether this Worker is set up and reaches its database',
  caller: 'anyone',
  answers: { 200: HealthResponse },
})

export const healthRoutes = new Hono<AppEnv>().get('/healthz', health, async (c) => {
  await ping(c.env.DB)
  return c.json({
    status: 'ok',
    environment: c.var.config.environment,
    push: c.var.config.push === null ? 'off' : 'on',
  })
})

async function ping(d1: D1Database): Promise<void> {
  try {
    await d1.prepare('select 1').first()
  } catch (cause) {
    const error = new AppError('store.unavailable', 503, 'The database cannot be reached right now.')
    error.cause = cause
    throw error
  }
}
