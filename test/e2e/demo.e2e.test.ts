import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawPicture } from '../../scripts/demo/pictures.ts'
import { thanks } from '../../scripts/demo/stories.ts'
import { isPortFree } from '../../scripts/lib/http.ts'
import { chromiumPath, launchChromium } from './browser.ts'
import { type NpmProcess, startNpm } from './npm-process.ts'

/** A plain text that a customer sent: not an answer from elsewhere, not one of the kinds in brackets. */
const customerText = /^→ (?:whatsapp|facebook|instagram): (?!to )([^:]+): «(.+)»$/

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
    const fromHer = /^→ whatsapp: (?:to )?Олена Ковальчук(?:, from elsewhere)?: «(.+)»$/
    const [, text = ''] = await demo.waitForLine(fromHer, { from, timeoutMs: 120_000 })
    await page.getByRole('article').filter({ hasText: text }).last().waitFor({ state: 'visible', timeout: 5000 })
  })

  it('shows a picture that a customer sent', async () => {
    await demo.waitForLine(/^→ whatsapp: Сергій Мельник: \[photo\]/, { timeoutMs: 120_000 })
    await page.getByText('Сергій Мельник').first().click()
    const bubble = page.getByRole('article').filter({ hasText: 'Фото паспорта, перша сторінка' })
    const picture = bubble.locator('img')
    await picture.waitFor({ state: 'visible', timeout: 20_000 })
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(640)
  })

  it.each([
    ['whatsapp', 'Сергій Мельник', 'Готово, чекаємо на вас'],
    ['facebook', 'Robert Miller', 'Yes, we do. Which address shall it go to?'],
    ['instagram', 'Софія Марченко', 'Дякуємо за сторіз 💛'],
  ])('sends a reply on %s that comes back as delivered and read', async (platform, name, text) => {
    await page.getByText(name).first().click()
    await page.getByRole('textbox', { name: 'Reply' }).fill(text)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const bubble = page.getByRole('article').filter({ hasText: text })
    await bubble.waitFor({ state: 'visible', timeout: 5000 })
    await demo.waitForLine(new RegExp(`^← ${platform}: to ${name}: «`), { timeoutMs: 20_000 })
    // Instagram tells of no delivery.
    if (platform !== 'instagram') await bubble.getByTitle('Delivered').waitFor({ timeout: 15_000 })
    await bubble.getByTitle('Read').waitFor({ timeout: 20_000 })
    expect(await bubble.count()).toBe(1)
    expect(demo.lines().filter((line) => line === `← ${platform}: to ${name}: «${text}»`)).toHaveLength(1)
  })

  it.each([
    ['whatsapp', 'Сергій Мельник'],
    ['facebook', 'Robert Miller'],
    ['instagram', 'Софія Марченко'],
  ])('sends a picture on %s', async (platform, name) => {
    await page.getByText(name).first().click()
    const from = demo.lines().length
    const picture = { name: 'receipt.png', mimeType: 'image/png', buffer: Buffer.from(drawPicture('receipt', 7)) }
    await page.locator('input[type=file]').setInputFiles(picture)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await demo.waitForLine(new RegExp(`^← ${platform}: to ${name}: \\[image\\]`), { from, timeoutMs: 20_000 })
    const sent = page
      .getByRole('article')
      .filter({ has: page.locator('.tick') })
      .filter({ has: page.locator('img') })
    await sent.getByTitle('Read').waitFor({ timeout: 20_000 })
    // The platform's echo of it, which came before it was read, is no message of its own.
    expect(await sent.count()).toBe(1)
    const isDrawn = () => sent.locator('img').evaluate((shown: HTMLImageElement) => shown.naturalWidth === 640)
    await expect.poll(isDrawn).toBe(true)
  })

  it('lets a customer answer what was typed', async () => {
    const said = Object.values(thanks)
      .flat()
      .map((words) => words.replaceAll(/[.?*+^$()[\]{}|\\]/g, String.raw`\$&`))
    const answer = new RegExp(
      `^→ (?:whatsapp|facebook|instagram): (?:Сергій|Robert|Софія)[^:]+: «(?:${said.join('|')})»$`,
    )
    await demo.waitForLine(answer, { timeoutMs: 30_000 })
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
