import { setTimeout as sleep } from 'node:timers/promises'
import { signatureOf, writeDelivery } from '../../test/fake-graph/deliver.ts'
import { type HttpAnswer, request } from '../lib/http.ts'
import { dim, red, say } from '../lib/terminal.ts'
import { accountIds } from './accounts.ts'
import { createRandom } from './random.ts'
import type { DemoRequest } from './request.ts'
import { type DemoScript, pauseMs } from './script.ts'
import type { DemoSettings } from './settings.ts'
import type { Json } from './step-context.ts'

/** Where the demo's requests go, what proves who sends them, and who learns of what Meta's would know before. */
export type Entrances = {
  url: string
  metaAppSecret: string
  serviceKey: string
  observe: (delivery: Json) => void
}

/** The local runtime's own entrance for mail, which hands it to the Worker as Email Routing would. */
function sendMail(url: string, { from, mail }: Extract<DemoRequest, { platform: 'email' }>): Promise<HttpAnswer> {
  const envelope = new URLSearchParams({ from, to: accountIds.email })
  return request(`${url}/cdn-cgi/handler/email?${envelope.toString()}`, { method: 'POST', body: mail })
}

async function sendOnce(entrances: Entrances, demo: DemoRequest): Promise<HttpAnswer> {
  const base = `${entrances.url}/api/v1/communications`
  const json = { 'content-type': 'application/json' }
  if (demo.platform === 'email') return sendMail(entrances.url, demo)
  if (demo.platform !== 'telegram') {
    const body = writeDelivery(demo.body)
    const headers = { ...json, 'x-hub-signature-256': await signatureOf(entrances.metaAppSecret, body) }
    return request(`${base}/webhooks/${demo.platform}`, { method: 'POST', headers, body })
  }
  const headers = { ...json, authorization: `Bearer ${entrances.serviceKey}` }
  return request(`${base}/broadcast-message`, { method: 'POST', headers, body: JSON.stringify(demo.item) })
}

/** Sends like the platforms do: whatever is not answered by a success is sent again, up to a few times. */
export async function send(entrances: Entrances, demo: DemoRequest, signal: AbortSignal): Promise<boolean> {
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
