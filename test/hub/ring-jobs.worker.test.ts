import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { receive } from '../../src/hub/call-hub.ts'
import { message, onChannel, send } from '../ingest/builders.ts'
import { connect, session } from '../worker/socket.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

type Bell = { v: number; tenant_id: string; job_id: string }

/** A tenant whose hub rings this queue; `answer` is what a call to it comes to. */
async function tenantWithQueue(answer: () => Promise<void> = () => Promise.resolve()) {
  const tenantId = await createTenant()
  const calls: Bell[][] = []
  const JOBS = {
    sendBatch(bells: { body: Bell }[]) {
      calls.push(bells.map(({ body }) => body))
      return answer()
    },
  }
  await runInDurableObject(env.HUB.get(env.HUB.idFromName(`tenant:${tenantId}`)), (hub) => {
    const own = hub as unknown as { env: Env }
    own.env = { ...own.env, JOBS: JOBS as unknown as Queue }
  })
  const [hello] = await receive(env, tenantId, onChannel(message({ externalId: 'hello', at: Date.now() })))
  return { tenantId, calls, conversationId: hello?.conversationId ?? '' }
}

describe('the work that a batch makes', () => {
  it('is rung for once it is committed, and only then', async () => {
    const { tenantId, calls, conversationId } = await tenantWithQueue()
    expect(calls).toEqual([])
    const item = send({ conversationId, clientMessageId: '1' })
    await receive(env, tenantId, [{ item }])
    const jobs = await rowsOf<{ id: string }>('select id from jobs where tenant_id = ?1', tenantId)
    expect(calls).toEqual([[{ v: 1, tenant_id: tenantId, job_id: jobs[0]?.id }]])
    await receive(env, tenantId, [{ item }])
    expect(calls).toHaveLength(1)
  })

  it('of a burst goes out in as many calls as the queue needs', async () => {
    const { tenantId, calls } = await tenantWithQueue()
    const messages = Array.from({ length: 250 }, (_, n) =>
      message({ externalId: `m${n}`, at: Date.now(), attachments: [{ type: 'image', source: { mediaId: `${n}` } }] }),
    )
    await receive(env, tenantId, onChannel(...messages))
    await expect.poll(() => calls.map((bells) => bells.length)).toEqual([100, 100, 50])
    const rung = calls.flat().map((bell) => bell.job_id)
    const jobs = await rowsOf<{ id: string }>('select id from jobs where tenant_id = ?1', tenantId)
    expect(new Set(rung)).toEqual(new Set(jobs.map(({ id }) => id)))
  })

  it.each([
    ['hangs', () => new Promise<void>(() => undefined)],
    ['is away', () => Promise.reject(new Error('Service Unavailable'))],
  ])('holds up neither the answer nor the frame when the queue %s', async (_, answer) => {
    const { tenantId, calls, conversationId } = await tenantWithQueue(answer)
    const client = await connect(session(tenantId))
    const [result] = await receive(env, tenantId, [{ item: send({ conversationId, clientMessageId: '1' }) }])
    expect(result?.outcome).toBe('stored')
    await client.waitFor(({ seq }) => seq === result?.seq)
    expect(calls).toHaveLength(1)
    const jobs = await rowsOf('select state from jobs where tenant_id = ?1', tenantId)
    expect(jobs).toEqual([{ state: 'due' }])
  })
})
