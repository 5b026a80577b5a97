import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, launchChromium } from './browser.ts'
import { type NpmProcess, startNpm } from './npm-process.ts'

type Json = Record<string, unknown>
const anna = { user_id: '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d11', name: 'Anna Bondar' }
const boris = { user_id: '5b0e6a52-4a3f-4f6d-8f6e-6a1c2f9d7b22', name: 'Boris Koval' }
const vira = { user_id: '9c7d1f80-2e4b-4b1a-8c3d-1f5e7a9b3c33', name: 'Vira Lys' }

/** A page may be slow where four of them share a machine. */
const soon = { timeout: 10_000 }

// One user in two windows of one browser, and two colleagues in browsers of their own.
describe.skipIf(!chromiumPath)('notifications in a browser', () => {
  let worker: NpmProcess
  let browser: Browser
  let serviceKey = ''
  const contexts: BrowserContext[] = []
  const pages: Record<'one' | 'two' | 'boris' | 'vira', Page> = {} as never
  const url = (path: string) => new URL(path, `http://localhost:${worker.port}`).href

  async function post(path: string, credential: string, body: Json): Promise<Json> {
    const headers = { Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json' }
    const response = await fetch(url(`/api/v1/${path}`), { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Json
  }

  let said = 0
  const say = (customer: string, content: string) =>
    post('communications/broadcast-message', serviceKey, {
      channel: { platform: 'telegram', external_id: '42' },
      conversation: { external_id: customer, name: customer },
      message: {
        external_id: String(++said),
        direction: 'inbound',
        type: 'text',
        content,
        sender: { external_id: customer, name: customer },
        created_at: new Date().toISOString(),
      },
    })

  async function signIn(user: typeof anna): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' })
    context.setDefaultTimeout(15_000)
    contexts.push(context)
    const link = await post('auth/links', serviceKey, user)
    const page = await context.newPage()
    await page.goto(url(String(link['url'])))
    await page.locator('.connection-text').getByText('Live').waitFor()
    await page.close()
    return context
  }

  async function openPage(context: BrowserContext, path = '/'): Promise<Page> {
    const page = await context.newPage()
    await page.goto(url(path))
    await page.locator('.connection-text').getByText('Live').waitFor()
    return page
  }

  const bell = (page: Page) => page.locator('.bell')
  const toasts = (page: Page) => page.locator('.arrival:not(.arrival-sound)')
  const countOf = (page: Page) => bell(page).innerText()
  const titles = async (page: Page) => {
    await page.bringToFront() // a page behind another one draws seldom, and a click waits for that
    await bell(page).click()
    await page.locator('.bell-list + *, .bell-title').first().waitFor()
    const rows = await page.locator('.bell-title').allInnerTexts()
    await page.keyboard.press('Escape')
    return rows
  }

  beforeAll(async () => {
    worker = await startNpm('dev')
    await worker.waitForLine(/Edge Inbox is ready/, { timeoutMs: 120_000 })
    const created = await post('admin/tenants', 'dev-admin-token', { name: 'Slovo' })
    serviceKey = String(created['service_key'])
    const channel = { platform: 'telegram', external_id: '42', name: 'Office' }
    await post(`admin/tenants/${(created['tenant'] as { id: string }).id}/channels`, 'dev-admin-token', channel)
    browser = await launchChromium()
    const [ofAnna, ofBoris, ofVira] = [await signIn(anna), await signIn(boris), await signIn(vira)]
    pages.one = await openPage(ofAnna)
    pages.two = await openPage(ofAnna)
    pages.boris = await openPage(ofBoris)
    pages.vira = await openPage(ofVira)
  })

  afterAll(async () => {
    for (const context of contexts) await context.close()
    await browser?.close()
    await worker?.stop()
  })

  it('are counted on the bell and on the tab in every window, and pop up in one of them', async () => {
    const { one, two } = pages
    await say('Olena', 'Good morning!')
    await expect.poll(() => Promise.all([countOf(one), countOf(two)]), soon).toEqual(['1', '1'])
    expect(await one.title()).toBe('(1) Edge Inbox')
    const shown = async () => (await toasts(one).count()) + (await toasts(two).count())
    await expect.poll(shown, soon).toBe(1)
    await one.waitForTimeout(400)
    expect(await shown()).toBe(1)
    expect(await titles(two)).toEqual(['New customer: Olena'])
  })

  it('that are read in one window are read in the other', async () => {
    const { one, two } = pages
    await one.bringToFront()
    await bell(one).click()
    await one.getByRole('button', { name: 'Mark all as read' }).click()
    await one.keyboard.press('Escape')
    await expect.poll(() => Promise.all([countOf(one), countOf(two)]), soon).toEqual(['', ''])
    expect(await two.title()).toBe('Edge Inbox')
    await say('Olena', 'Are you there?')
    await expect.poll(() => countOf(two), soon).toBe('1')
    await two.bringToFront()
    await bell(two).click()
    await two.locator('.bell-list').getByText('Are you there?').click()
    await two.getByRole('article').filter({ hasText: 'Are you there?' }).waitFor()
    await expect.poll(() => Promise.all([countOf(one), countOf(two)]), soon).toEqual(['', ''])
    // A pop-up about what was read is none any more, in whatever window it came up, long before it goes by itself.
    await expect.poll(() => Promise.all([toasts(one).count(), toasts(two).count()]), { timeout: 4_000 }).toEqual([0, 0])
  })

  it('go by rules that were changed in the other window, which shows them too', async () => {
    const { one, two } = pages
    const cell = (page: Page) => page.getByLabel('New message (nobody’s): In the page', { exact: true })
    await one.bringToFront()
    await bell(one).click()
    await one.getByRole('button', { name: 'Settings' }).click()
    await two.goto(url('/settings'))
    await cell(two).waitFor()
    expect(await cell(two).isChecked()).toBe(true)
    await cell(one).uncheck()
    await one.getByText('Saved').waitFor()
    await expect.poll(() => cell(two).isChecked(), soon).toBe(false)
    await say('Olena', 'Nobody hears this')
    await say('Petro', 'But somebody hears this')
    await expect.poll(() => countOf(two), soon).toBe('1')
    expect((await titles(two))[0]).toBe('New customer: Petro')
    await one.bringToFront()
    await one.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => cell(two).isChecked(), soon).toBe(true)
  })

  it('say of a test what it reached and what not', async () => {
    const { one } = pages
    const answer = { user_id: anna.user_id, sockets: 2, pushes: 0, media: ['socket', 'sound'] }
    const reach = { ...answer, refused: { web_push: 'no_subscription', email_digest: 'digest_off' } }
    // What the server says is tested where it is said; here, how it is put.
    await one.route('**/api/v1/notifications/test', (route) => route.fulfill({ json: { seq: 9, reach } }))
    await one.getByRole('button', { name: 'Send me a test' }).click()
    const lines = one.locator('.reach li')
    await lines.first().waitFor()
    expect(await lines.allInnerTexts()).toEqual([
      'It reached 2 open windows.',
      'It may sound.',
      'Push: no device of yours takes pushes',
      'E-mail digest: you get no digests',
    ])
    await one.getByRole('button', { name: 'Back to the inbox' }).click()
  })

  it('call the colleague whom a note names, and nobody else; the note never leaves the house', async () => {
    const { one, boris: named, vira: other } = pages
    const before = await Promise.all([titles(named), titles(other)])
    await one.bringToFront()
    await one.getByText('Olena').first().click()
    const sent: string[] = []
    one.on('request', (request) => {
      if (request.method() === 'POST') sent.push(new URL(request.url()).pathname)
    })
    await one.getByRole('button', { name: 'Note', exact: true }).click()
    const box = one.getByRole('textbox', { name: 'Internal note' })
    await box.pressSequentially('Ask @bor')
    await one.getByRole('option', { name: 'Boris Koval' }).waitFor()
    await box.press('Enter')
    await one.getByText('Will be notified: Boris Koval').waitFor()
    await box.pressSequentially('about the price')
    await box.press('Enter')
    const note = one.locator('.note').filter({ hasText: 'Ask @Boris Koval about the price' })
    await note.waitFor()
    expect(await note.innerText()).toContain('Internal note')
    await expect.poll(async () => (await titles(named))[0], soon).toBe('Anna Bondar mentioned you')
    expect(await titles(other)).toEqual(before[1])
    expect(sent.filter((path) => path.endsWith('/messages'))).toEqual([])
    expect(sent.some((path) => path.endsWith('/notes'))).toBe(true)
    await named.bringToFront()
    await bell(named).click()
    await named.locator('.bell-list').getByText('Anna Bondar mentioned you').click()
    const call = named.locator('.note-for-me').filter({ hasText: 'about the price' })
    await call.locator('.called-name').getByText('@Boris Koval', { exact: true }).waitFor()
    expect(await one.locator('.note-for-me').count()).toBe(0)
    expect(await named.locator('.composer-note').count()).toBe(0)
  })

  it('are shown by the browser when no window is in front, in the reader’s language', async () => {
    const { vira: page } = pages
    const origin = url('/').slice(0, -1)
    await page.context().grantPermissions(['notifications'], { origin })
    const devtools = await page.context().newCDPSession(page)
    let registrationId = ''
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId = registrations[0]?.registrationId ?? registrationId
    })
    await devtools.send('ServiceWorker.enable')
    await page.evaluate(async (user) => {
      await navigator.serviceWorker.register(`/sw.js?language=uk&user=${user}`)
      await navigator.serviceWorker.ready
    }, vira.user_id)
    await expect.poll(() => registrationId, soon).not.toBe('')
    const facts = { kind: 'new_message', client_name: 'Олена', conversation_id: anna.user_id, preview: null }
    const push = () =>
      devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(facts) })
    const shown = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready
        return (await registration.getNotifications()).map(({ title, body }) => `${title}. ${body}`)
      })
    await push()
    await page.waitForTimeout(300)
    expect(await shown()).toEqual([])
    await page.goto('about:blank')
    await push()
    await push()
    await page.waitForTimeout(300)
    await page.goto(url('/'))
    // The second one took the place of the first.
    await expect.poll(shown, soon).toEqual(['Нове повідомлення: Олена. Відкрийте, щоб прочитати'])
  })
})
