import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileHtml } from '../channels/email/hostile-html.ts'
import { chromiumPath, launchChromium } from './browser.ts'
import { type NpmProcess, startNpm } from './npm-process.ts'

// Hostile mail through the whole Worker into a browser: in by the mail entrance, out by the route, in a sandboxed frame.

type Json = Record<string, unknown>
const mailbox = 'office@slovo.example'
const ranIn = 'a script ran in '

function mailWith(html: string, at: number): string {
  const header = {
    From: 'Olena <olena@client.example>',
    To: mailbox,
    Subject: `Vector ${at}`,
    'Message-ID': `<vector-${at}@client.example>`,
    Date: 'Mon, 23 Nov 2026 09:00:00 +0000',
    'MIME-Version': '1.0',
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Transfer-Encoding': 'base64',
  }
  const lines = Object.entries(header).map(([name, value]) => `${name}: ${value}`)
  const body = Buffer.from(html, 'utf8').toString('base64').replaceAll(/.{76}/g, '$&\r\n')
  return `${lines.join('\r\n')}\r\n\r\n${body}\r\n`
}

describe.skipIf(!chromiumPath)('mail in a browser', () => {
  let worker: NpmProcess
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let messages: { id: string; vector: number }[] = []
  const url = (path: string) => `http://localhost:${worker.port}${path}`

  async function post(path: string, credential: string, body: Json): Promise<Json> {
    const headers = { Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json' }
    const response = await fetch(url(path), { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Json
  }

  async function read(path: string, token: string): Promise<Json> {
    const response = await fetch(url(path), { headers: { Authorization: `Bearer ${token}` } })
    return (await response.json()) as Json
  }

  let token = ''

  beforeAll(async () => {
    worker = await startNpm('dev')
    await worker.waitForLine(/http:\/\/localhost:\d+/, { timeoutMs: 120_000 })
    const created = await post('/api/v1/admin/tenants', 'dev-admin-token', { name: 'Mail' })
    const tenantId = (created['tenant'] as { id: string }).id
    const key = String(created['service_key'])
    await post(`/api/v1/admin/tenants/${tenantId}/channels`, 'dev-admin-token', {
      platform: 'email',
      external_id: mailbox,
      name: mailbox,
    })
    const entrance = url(`/cdn-cgi/handler/email?from=olena@client.example&to=${mailbox}`)
    for (const [at, { html }] of hostileHtml.entries()) {
      const answer = await fetch(entrance, { method: 'POST', body: mailWith(html, at) })
      expect([at, answer.status]).toEqual([at, 200])
    }
    const user = { user_id: '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d11', name: 'Марія' }
    token = String((await post('/api/v1/auth/tokens', key, user))['token'])
    messages = await messagesOf()
    browser = await launchChromium()
    context = await browser.newContext()
    // The frame has no header of its own to say who asks; the page of the inbox has its session for that.
    await context.route(`http://localhost:${worker.port}/**`, (route) =>
      route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${token}` } }),
    )
    // In frames that may run no scripts this does not run either; wherever one runs, it tells.
    await context.addInitScript(`window.alert = () => console.log('${ranIn}' + location.pathname)`)
    page = await context.newPage()
  })

  afterAll(async () => {
    await browser?.close()
    await worker?.stop()
  })

  /** The message of each vector. */
  async function messagesOf(): Promise<{ id: string; vector: number }[]> {
    const found: { id: string; vector: number }[] = []
    for (let cursor = ''; ;) {
      const list = await read(`/api/v1/communications/conversations?limit=100${cursor}`, token)
      for (const { id } of list['items'] as { id: string }[]) {
        const thread = await read(`/api/v1/communications/conversations/${id}/messages`, token)
        for (const message of thread['items'] as { id: string; details: { subject?: string } }[]) {
          const vector = Number(/^Vector (\d+)$/.exec(message.details.subject ?? '')?.[1] ?? -1)
          if (vector >= 0) found.push({ id: message.id, vector })
        }
      }
      const next = list['next_cursor']
      if (typeof next !== 'string') return found
      cursor = `&cursor=${encodeURIComponent(next)}`
    }
  }

  /** Opens paths, each in a frame with this sandbox, and gives which are shown, what ran and what was asked for. */
  async function open(paths: readonly string[], sandbox: string | null) {
    const [ran, requests]: [string[], string[]] = [[], []]
    page.on('dialog', (dialog) => void dialog.dismiss())
    page.on('console', (line) => line.text().startsWith(ranIn) && ran.push(line.text().slice(ranIn.length)))
    page.on('request', (request) => requests.push(request.url()))
    const attribute = sandbox === null ? '' : ` sandbox="${sandbox}"`
    const frames = paths.map((path) => `<iframe${attribute} src="${path}" width="300" height="100"></iframe>`)
    // A page of the same origin, as the inbox is; it holds nothing but the frames.
    const body = `<!doctype html><title>frames</title>${frames.join('')}`
    await page.route('**/frame-page', (route) => route.fulfill({ contentType: 'text/html', body }))
    await page.goto(url('/frame-page'), { waitUntil: 'load', timeout: 60_000 })
    await page.waitForTimeout(1_000)
    const shown = page
      .frames()
      .slice(1)
      .map((frame) => new URL(frame.url()).pathname)
    page.removeAllListeners()
    await page.unroute('**/frame-page')
    const own = new Set([url('/frame-page'), ...paths.map(url)])
    const strange = requests.filter((one) => !one.startsWith('data:') && !own.has(one))
    return { ran, strange, shown }
  }

  it('every hostile mail is stored and found again', () => {
    expect(hostileHtml.length).toBeGreaterThanOrEqual(60)
    expect(new Set(messages.map(({ vector }) => vector)).size).toBe(hostileHtml.length)
  })

  it.each(['', 'allow-same-origin allow-scripts allow-modals', null])(
    'nothing of it runs, moves its frame or sends a request (sandbox %o)',
    async (sandbox) => {
      const paths = messages.map(({ id }) => `/api/v1/communications/messages/${id}/html`)
      const { ran, strange, shown } = await open(paths, sandbox)
      const nameOf = (path: string) => hostileHtml[messages[paths.indexOf(path)]?.vector ?? -1]?.name ?? path
      expect({ ran: ran.map(nameOf), strange }).toEqual({ ran: [], strange: [] })
      expect(shown.toSorted()).toEqual(paths.toSorted())
    },
  )

  it('would be noticed if it did: a page that was not cleaned and has no policy', async () => {
    const body =
      '<script>alert(1)</script><img src="https://evil.example/a.png"><meta http-equiv=refresh content="0;/elsewhere">'
    await page.route('**/control', (route) => route.fulfill({ contentType: 'text/html', body }))
    const { ran, strange, shown } = await open(['/control'], null)
    expect(ran).toEqual(['/control'])
    expect(strange).toContain('https://evil.example/a.png')
    expect(shown).not.toEqual(['/control'])
  })
})
