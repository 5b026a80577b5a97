import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { RelayMail } from '../../src/channels/outbound.ts'
import { receive } from '../../src/hub/call-hub.ts'
import { sweepDigests } from '../../src/jobs/digests.ts'
import type { JobDeps } from '../../src/jobs/job-deps.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { DigestState } from '../../src/protocol/digest.ts'
import { openDatabase } from '../../src/store/database.ts'
import type { Json, TestUser } from './api.ts'
import { bearer, request } from './inbox.ts'
import { type FakeRelay, createFakeRelay } from './mail-relay.ts'
import { type NotifiedWorld, createNotifiedWorld, notifications as path } from './notified.ts'

export const address = 'olena@bureau.example'

/** A notified world that sends digests: a relay that remembers, a clock, and sweeps. */
type DigestWorld = NotifiedWorld & {
  relay: FakeRelay
  clock: { now: number }
  deps: JobDeps
  api: (user: TestUser, path: string, json?: Json, method?: string) => ReturnType<typeof request>
  /** Switches digests on, and waits for the mail that asks. */
  switchOn: (user: TestUser, fields?: Json, digest?: Json) => Promise<void>
  /** Follows the link of the last mail to that address with its button. */
  confirm: (user: TestUser) => Promise<string>
  state: (user: TestUser) => Promise<DigestState>
  /** The digests that a sweep has sent. */
  sweep: () => Promise<RelayMail[]>
}

export async function createDigestWorld(): Promise<DigestWorld> {
  // A sweep finds the digests of every test of this file.
  await env.DB.prepare('update notification_settings set digest_due_at = null').run()
  const notified = await createNotifiedWorld()
  const relay = createFakeRelay()
  const from = 'notifications@inbox.example'
  const environment = { ...env, MAIL: relay.binding, DIGEST_FROM: from } as Env
  const clock = { now: Date.now() }
  const deps: JobDeps = {
    env: environment,
    db: openDatabase(env.DB),
    config: loadConfig(environment),
    fetch,
    now: () => clock.now,
    receive: (tenantId, items) => receive(env, tenantId, items),
  }
  const api: DigestWorld['api'] = (user, at, json, method = json === undefined ? 'GET' : 'PUT') => {
    const headers = { ...bearer(user.token), ...(json === undefined ? {} : { 'content-type': 'application/json' }) }
    return request(
      `${path}${at}`,
      { method, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) },
      environment,
    )
  }
  const world: DigestWorld = {
    ...notified,
    ...{ relay, clock, deps, api },
    async switchOn(user, fields = {}, digest = {}) {
      const schedule = { kind: 'every', hours: 4 }
      const json = { ...fields, digest: { enabled: true, address, schedule, ...digest } }
      const { status, text } = await api(user, '/settings', json)
      if (status !== 200) throw new Error(text)
    },
    async confirm(user) {
      const url = linkIn(relay.sent.at(-1), 'confirm')
      const { status, text } = await request(url, { method: 'POST' }, environment)
      expect(status).toBe(200)
      expect((await world.state(user)).confirmed_at).not.toBeNull()
      return text
    },
    state: async (user) => DigestState.parse((await api(user, '/digest')).body),
    async sweep() {
      const before = relay.sent.length
      await sweepDigests(deps)
      return relay.sent.slice(before)
    },
  }
  return world
}

/** Path of the link in a mail. */
export function linkIn(mail: RelayMail | undefined, purpose: 'confirm' | 'stop'): string {
  const found = new RegExp(`https?://[^/\\s]+(${path}/digest/${purpose}/[\\w.-]+)`).exec(mail?.text ?? '')
  if (found?.[1] === undefined) throw new Error(`no link to ${purpose}: ${mail?.text}`)
  return found[1]
}
