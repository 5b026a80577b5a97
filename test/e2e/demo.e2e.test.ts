import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPortFree } from '../../scripts/lib/http.ts'
import { chromiumPath, launchChromium } from './browser.ts'
import { type NpmProcess, startNpm } from './npm-process.ts'

/** A plain text that a customer sent: not an answer from the phone, not one of the kinds in brackets. */
const customerText = /^→ whatsapp: (?!to )([^:]+): «(.+)»$/

async function setMark(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dataset['mark'] = 'same page'
  })
}

describe.skipIf(!chromiumPath)('npm run demo', () => {
  let demo: NpmProcess
  let browser: Browser
  let page: Page
  let link: string

  beforeAll(async () => {
    demo = await startNpm('demo', { DEMO_INTERVAL_MS: '1500' })
    const opened = demo.waitForLine(/Open (http:\/\/\S+)/, { timeoutMs: 150_000 })
    link = (await opened)[1] ?? ''
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: 'en-US' })
  })

  afterAll(async () => {
    await browser?.close()
    await demo?.stop()
  })

  it('prints an address that opens the inbox with the conversations of the last days', async () => {
    await page.goto(link)
    await page.getByText('James Whitfield').first().waitFor({ timeout: 20_000 })
    expect(new URL(page.url()).hash).toBe('')
  })

  it('shows a message that a customer sends while the page is open, without a reload', async () => {
    await setMark(page)
    const from = demo.lines().length
    const [, name = '', text = ''] = await demo.waitForLine(customerText, { from })
    await page.getByText(text).first().waitFor({ state: 'visible', timeout: 5000 })
    expect(await page.getByText(name).first().isVisible()).toBe(true)
    expect(await page.evaluate(() => document.documentElement.dataset['mark'])).toBe('same page')
  })

  it('appends to the conversation that is open', async () => {
    await page.getByText('Олена Ковальчук').first().click()
    await page.getByRole('article').filter({ hasText: 'присяжний переклад диплома' }).waitFor({ timeout: 10_000 })
    const from = demo.lines().length
    const fromHer = /^→ whatsapp: (?:to )?Олена Ковальчук(?:, from the phone)?: «(.+)»$/
    const [, text = ''] = await demo.waitForLine(fromHer, { from, timeoutMs: 120_000 })
    await page.getByRole('article').filter({ hasText: text }).last().waitFor({ state: 'visible', timeout: 5000 })
  })

  it('prints a link that works once', async () => {
    const stranger = await browser.newContext({ locale: 'en-US' })
    const other = await stranger.newPage()
    await other.goto(link)
    await other.getByText('This link no longer works').waitFor({ timeout: 10_000 })
    expect(await other.getByText('James Whitfield').count()).toBe(0)
    await stranger.close()
  })

  it('ends at Ctrl-C and leaves nothing behind', async () => {
    expect(await isPortFree(demo.port)).toBe(false)
    expect(await demo.stop()).toBe(true)
    await expect.poll(() => isPortFree(demo.port), { timeout: 5000 }).toBe(true)
  })
})
