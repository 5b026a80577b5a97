import { env } from 'cloudflare:workers'
import { onEmail } from '../../src/jobs/email.ts'
import { type Letter, type MailOperation, type MailPlan, type MailWay, type Mailed, writeLetter } from './mails.ts'
import { call, type Scene, type SceneTenant, tenantOf, track } from './scene.ts'
import { edgeEnvironment, faults, mailRelay } from './worker.ts'

const edge = edgeEnvironment(env)

/** A mail comes, as often at once. Gives what became of it. */
export async function sendMail(scene: Scene, { mail: key, by, copies }: Omit<MailOperation, 'kind' | 'isAwaited'>) {
  const plan = scene.mails.get(key)
  if (plan === undefined) throw new Error(`There is no mail ${key}`)
  const letter = scene.letters.get(key) ?? (await compose(scene, plan))
  if (letter === null) return 'nothing to write about yet'
  scene.letters.set(key, letter)
  const sent = Array.from({ length: copies }, () => deliverMail(scene, letter, by))
  return (await Promise.all(sent)).join()
}

/** The platform takes a return for a yes; whoever calls the API takes a 200 for it. */
async function deliverMail(scene: Scene, letter: Letter, by: MailWay): Promise<string> {
  const outcome = by === 'routing' ? await route(scene, letter) : await post(scene, letter)
  if (outcome !== 'taken') return outcome
  if (faults.isAnswerLost()) return 'the answer was lost'
  scene.heardMails.add(letter.key)
  return outcome
}

async function route(scene: Scene, { key, raw, from, to }: Letter): Promise<string> {
  const bytes = new TextEncoder().encode(raw)
  const setReject = (reason: string): void => void scene.stuck.push(`${key} was refused: ${reason}`)
  const body = new Response(bytes).body
  if (body === null) throw new Error('A mail without a body')
  const work = onEmail({ from, to, raw: body, rawSize: bytes.byteLength, setReject }, edge)
  return track(
    scene,
    work.then(
      () => 'taken',
      () => 'failed',
    ),
  )
}

type Posted = { error?: { code: string } }

async function post(scene: Scene, { key, tenant, raw, from, to }: Letter): Promise<string> {
  const headers = { authorization: `Bearer ${tenantOf(scene, tenant).serviceKey}` }
  const query = new URLSearchParams({ to, from })
  const path = `/api/v1/communications/inbound-email?${query.toString()}`
  const response = await call(scene, path, { method: 'POST', body: raw, headers })
  if (response.status !== 200) return String(response.status)
  const { error } = await response.json<Posted>()
  if (error !== undefined) scene.stuck.push(`${key} was refused: ${error.code}`)
  return 'taken'
}

/** What is about our reply waits for the relay to have it; what came back, until we know under which id. */
async function compose(scene: Scene, plan: MailPlan): Promise<Letter | null> {
  const tenant = tenantOf(scene, plan.tenant)
  return writeLetter(plan, tenant.mailbox, await findMailed(tenant, plan))
}

async function findMailed(tenant: SceneTenant, { kind }: MailPlan): Promise<Mailed | null> {
  const sent = mailRelay.mailed.filter(({ id, from }) => id !== null && from === tenant.mailbox)
  if (kind !== 'bounce') return sent.at(-1) ?? null
  const sql = `select external_id as id from messages where tenant_id = ?1 and channel_id = ?2 and direction = 'outbound'`
  const { results } = await env.DB.prepare(sql).bind(tenant.id, tenant.channels.email).all<{ id: string | null }>()
  return sent.find(({ id }) => results.some((row) => row.id === id)) ?? null
}

/** Where the letter of a tenant's customer is; empty as long as it is not stored. */
export async function findThread({ id, channels }: SceneTenant): Promise<string> {
  const sql = `select conversation_id as id from messages where tenant_id = ?1 and channel_id = ?2 limit 1`
  const row = await env.DB.prepare(sql).bind(id, channels.email).first<{ id: string }>()
  return row?.id ?? ''
}

/** In fair weather: whatever was not heard of is sent again. */
export async function finishMails(scene: Scene): Promise<void> {
  for (const key of scene.mails.keys()) {
    for (let round = 0; round < 4 && !scene.heardMails.has(key); round++) {
      const by = scene.random.pick(['routing', 'api'] as const)
      const outcome = await sendMail(scene, { mail: key, by, copies: 1 })
      if (!scene.letters.has(key)) break
      if (round === 3) scene.stuck.push(`${key} finds nobody who takes it: ${outcome}`)
    }
  }
}
