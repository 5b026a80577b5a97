import { env } from 'cloudflare:workers'
import type { CreateNoteResponse } from '../../src/protocol/notes.ts'
import type { NotificationList, UnreadNotifications } from '../../src/protocol/notifications.ts'
import { settingsOf } from '../../src/notifications/settings.ts'
import type { z } from 'zod'
import { type NotePlan, type NotificationOperation, settingsChoices } from './notifications.ts'
import { chatName } from './outbox.ts'
import type { NotifiedUser } from './record.ts'
import { call, headersOf, type Scene, type SceneTenant, type SceneUser, tenantOf, userOf } from './scene.ts'
import { faults } from './worker.ts'

const path = '/api/v1/notifications'

const json = { 'content-type': 'application/json' }

type Asking = { tenant: SceneTenant; user: SceneUser; method?: string; body?: unknown }

/** As a user. */
async function ask(scene: Scene, to: string, { tenant, user, method = 'POST', body }: Asking): Promise<Response> {
  const headers = { ...json, ...(await headersOf(scene, tenant.id, user.userId)) }
  return call(scene, to, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

/** Gives what came of it in a word. */
export function tell(scene: Scene, operation: NotificationOperation): Promise<string> {
  switch (operation.kind) {
    case 'note':
      return atOnce(operation.copies, () => writeNote(scene, operation.note))
    case 'notice':
      return atOnce(operation.copies, () => postNotice(scene, operation.notice))
    case 'settings':
      return putSettings(scene, operation)
    case 'read_all':
      return markAllRead(scene, operation)
  }
}

async function atOnce(copies: number, send: () => Promise<string>): Promise<string> {
  return (await Promise.all(Array.from({ length: copies }, send))).join()
}

/** A user writes a note. */
async function writeNote(scene: Scene, key: string): Promise<string> {
  const plan = scene.plan.notifications.notes.find((note) => note.key === key)
  if (plan === undefined) throw new Error(`There is no note ${key}`)
  const tenant = tenantOf(scene, plan.tenant)
  const to = `/api/v1/communications/conversations/${placeOf(tenant, plan)}/notes`
  const mentions = plan.isTyped ? [] : plan.mentions.map((user) => userOf(tenant, user).userId)
  const body = { client_note_id: key, text: plan.text, mentions }
  const response = await ask(scene, to, { tenant, user: userOf(tenant, plan.author), body })
  if (response.status !== 200) return String(response.status)
  const { seq } = await response.json<z.infer<typeof CreateNoteResponse>>()
  return hear(scene, tenant, { kind: 'note', key, seq })
}

function placeOf({ chats }: SceneTenant, { tenant, chat: { via, contact } }: NotePlan): string {
  return chats.get(chatName({ tenant, via }, contact)) ?? ''
}

/** The tenant's own server tells something. */
async function postNotice(scene: Scene, key: string): Promise<string> {
  const plan = scene.plan.notifications.notices.find((notice) => notice.key === key)
  if (plan === undefined) throw new Error(`There is no notice ${key}`)
  const tenant = tenantOf(scene, plan.tenant)
  const to = plan.to === null ? {} : { user_id: userOf(tenant, plan.to).userId }
  const headers = { ...json, authorization: `Bearer ${tenant.serviceKey}` }
  const body = JSON.stringify({ ...to, title: plan.title, key })
  const response = await call(scene, path, { method: 'POST', body, headers })
  if (response.status !== 200) return String(response.status)
  const { seq } = await response.json<{ seq: number | null }>()
  return hear(scene, tenant, { kind: 'notice', key, seq })
}

type Told = { kind: 'note' | 'notice'; key: string; seq: number | null }

function hear(scene: Scene, tenant: SceneTenant, answer: Told): string {
  if (faults.isAnswerLost()) return 'the answer was lost'
  scene.heardTold.add(answer.key)
  tenant.answers.push(answer)
  return `seq ${answer.seq}`
}

type Of<Kind extends NotificationOperation['kind']> = Extract<NotificationOperation, { kind: Kind }>

/** A user wants to hear other things from now on. Nobody knows since when if the answer does not come. */
async function putSettings(scene: Scene, of: Of<'settings'>): Promise<string> {
  const tenant = tenantOf(scene, of.tenant)
  const user = userOf(tenant, of.user)
  const body = settingsChoices[of.choice]
  user.settings.push(settingsOf(JSON.stringify(body)))
  user.settledAt = Number.POSITIVE_INFINITY
  const { status } = await ask(scene, `${path}/settings`, { tenant, user, method: 'PUT', body })
  return String(status)
}

async function markAllRead(scene: Scene, { tenant: index, user: who, behind }: Of<'read_all'>) {
  const tenant = tenantOf(scene, index)
  const user = userOf(tenant, who)
  const upTo = Math.max(0, (await readHead(tenant)) - behind)
  user.marks.push(upTo)
  const response = await ask(scene, `${path}/read-all`, { tenant, user, body: { up_to: upTo } })
  if (response.status !== 200) return String(response.status)
  const { count } = await response.json<z.infer<typeof UnreadNotifications>>()
  user.counts.push(count)
  user.readUpTo = Math.max(user.readUpTo, upTo)
  return `${count} unread`
}

async function readHead({ id }: SceneTenant): Promise<number> {
  const sql = 'select seq from journal_heads where tenant_id = ?1'
  return (await env.DB.prepare(sql).bind(id).first<number>('seq')) ?? 0
}

// ---------------------------------------------------------------- the end

/** In fair weather: whatever was not heard of is sent again. */
export async function finishTelling(scene: Scene): Promise<void> {
  const { notes, notices } = scene.plan.notifications
  for (const { key } of notes) await untilHeard(scene, key, () => writeNote(scene, key))
  for (const { key } of notices) await untilHeard(scene, key, () => postNotice(scene, key))
}

/** Whoever has changed their mind does so a last time, while their page is there: the next line goes by it. */
export async function settleSettings(scene: Scene): Promise<void> {
  for (const tenant of scene.tenants) {
    for (const user of tenant.users) {
      if (user.settings.length > 1) await settle(scene, tenant, user)
    }
  }
}

async function untilHeard(scene: Scene, key: string, send: () => Promise<string>): Promise<void> {
  for (let round = 0; round < 4 && !scene.heardTold.has(key); round++) {
    const outcome = await send()
    if (round === 3) scene.stuck.push(`${key} finds nobody who takes it: ${outcome}`)
  }
}

async function settle(scene: Scene, tenant: SceneTenant, user: SceneUser): Promise<void> {
  const body = settingsChoices[scene.random.pick(['defaults', 'everything', 'own_only'] as const)]
  user.settings.push(settingsOf(JSON.stringify(body)))
  const { status } = await ask(scene, `${path}/settings`, { tenant, user, method: 'PUT', body })
  if (status !== 200) scene.stuck.push(`the settings of ${user.name} were answered with ${status}`)
  else user.settledAt = await readHead(tenant)
}

/** What each user is shown when all is over: the whole list, page by page. */
export function readBells(scene: Scene, tenant: SceneTenant): Promise<NotifiedUser[]> {
  return Promise.all(
    tenant.users.map(async (user): Promise<NotifiedUser> => {
      const list: NotifiedUser['list'] = []
      let unread = -1
      for (let cursor: string | null = ''; cursor !== null;) {
        const to = `${path}?limit=20${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
        const response = await ask(scene, to, { tenant, user, method: 'GET' })
        if (response.status !== 200) {
          scene.stuck.push(`the list of ${user.name} was answered with ${response.status}`)
          break
        }
        const page: NotificationList = await response.json<NotificationList>()
        list.push(...page.items)
        if (unread === -1) unread = page.unread.count
        cursor = page.next_cursor
      }
      return { ...user, list, unread }
    }),
  )
}
