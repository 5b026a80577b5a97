import { setTimeout as sleep } from 'node:timers/promises'
import { signatureOf, writeDelivery } from '../../test/fake-graph/deliver.ts'
import { type HttpAnswer, request } from '../lib/http.ts'
import { dim, red, say } from '../lib/terminal.ts'
import { accountIds } from './accounts.ts'
import { createRandom } from './random.ts'
import type { DemoMail } from './mail.ts'
import type { DemoRequest } from './request.ts'
import { type DemoScript, pauseMs } from './script.ts'
import type { DemoSettings } from './settings.ts'
import type { Json } from './step-context.ts'
import type { TelegramAct } from './telegram-act.ts'

/** Where the demo's requests go, what proves who sends them, and who learns of what Meta's would know before. */
export type Entrances = {
  url: string
  metaAppSecret: string
  serviceKey: string
  observe: (delivery: Json) => void
  /** Lets something happen at Telegram's end; the companion brings it from there. */
  perform: (act: TelegramAct) => void
}

/**
 * The local runtime's own entrance for mail, which hands it to the Worker as Email Routing would. What was fetched from a
 * folder comes by the entrance for that.
 */
function sendMail({ url, serviceKey }: Entrances, mail: DemoMail): Promise<HttpAnswer> {
  const { direction, isFetched, from, to, raw } = mail
  if (!isFetched) {
    const envelope = new URLSearchParams({ from, to })
    return request(`${url}/cdn-cgi/handler/email?${envelope.toString()}`, { method: 'POST', body: raw })
  }
  const found = new URLSearchParams({ to: accountIds.email, from, direction })
  const headers = { authorization: `Bearer ${serviceKey}` }
  const path = `/api/v1/communications/inbound-email?${found.toString()}`
  return request(`${url}${path}`, { method: 'POST', headers, body: raw })
}

async function sendOnce(entrances: Entrances, demo: Exclude<DemoRequest, { act: unknown }>): Promise<HttpAnswer> {
  if (demo.platform === 'email') return sendMail(entrances, demo.mail)
  const body = writeDelivery(demo.body)
  const signature = await signatureOf(entrances.metaAppSecret, body)
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature }
  return request(`${entrances.url}/api/v1/communications/webhooks/${demo.platform}`, { method: 'POST', headers, body })
}

/** Telegram never asks whether it arrived: that is the companion's to see to. */
function perform(entrances: Entrances, { label, act }: Extract<DemoRequest, { act: unknown }>): boolean {
  try {
    entrances.perform(act)
    return true
  } catch (error) {
    say(red(`✗ telegram: ${label}: ${error instanceof Error ? error.message : String(error)}`))
    return false
  }
}

/** Sends like the platforms do: whatever is not answered by a success is sent again, up to a few times. */
export async function send(entrances: Entrances, demo: DemoRequest, signal: AbortSignal): Promise<boolean> {
  if (demo.platform === 'telegram') return perform(entrances, demo)
  let trouble = ''
  if ('body' in demo) entrances.observe(demo.body)
  for (let attempt = 1; attempt <= 5 && !signal.aborted; attempt += 1) {
    try {
      const answer = await sendOnce(entrances, demo)
      if (answer.status < 300) return true
      trouble = `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`
      if (answer.status < 500) break
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error)
    }
    await pause(attempt * 500, signal)
  }
  if (!signal.aborted) say(red(`✗ ${demo.platform}: ${demo.label}: ${trouble}`))
  return false
}

/** The same, with a line in the terminal about what arrived. */
export async function sendAloud(entrances: Entrances, demo: DemoRequest, signal: AbortSignal): Promise<void> {
  if (await send(entrances, demo, signal)) say(`→ ${demo.platform}: ${demo.label}`)
}

/** Waits; an abort only ends the wait. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch {
    // Aborted: the caller looks at the signal.
  }
}

/** One after the other, silently; gives how many were taken. */
export async function sendAll(
  entrances: Entrances,
  requests: readonly DemoRequest[],
  signal: AbortSignal,
): Promise<number> {
  let sent = 0
  for (const demo of requests) {
    if (signal.aborted) break
    if (await send(entrances, demo, signal)) sent += 1
  }
  return sent
}

/** Lives until the signal aborts or `settings.max` requests were sent; one line per request. */
export async function sendLive(
  entrances: Entrances,
  script: DemoScript,
  settings: DemoSettings,
  signal: AbortSignal,
): Promise<void> {
  const random = createRandom(settings.seed + 1)
  const startedAt = Date.now()
  for (let sent = 0; sent < settings.max; sent += 1) {
    await pause(settings.intervalMs ?? pauseMs(Date.now() - startedAt, random), signal)
    if (signal.aborted) return
    await sendAloud(entrances, script.next(Date.now()), signal)
  }
  say(dim(`Sent ${settings.max} live items (DEMO_MAX); the inbox stays up until Ctrl-C.`))
}
