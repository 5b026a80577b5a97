import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawPicture } from '../../scripts/demo/pictures.ts'
import { thanks } from '../../scripts/demo/stories.ts'
import { isPortFree } from '../../scripts/lib/http.ts'
import { chromiumPath, launchChromium } from './browser.ts'
import { companionPids } from './demo-companion.ts'
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
    ['telegram', 'Дарина Шевченко', 'Так, устигнемо до вечора'],
  ])('sends a reply on %s that comes back as delivered and read', async (platform, name, text) => {
    await page.getByText(name).first().click()
    await page.getByRole('textbox', { name: 'Reply' }).fill(text)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const bubble = page.getByRole('article').filter({ hasText: text })
    await bubble.waitFor({ state: 'visible', timeout: 5000 })
    await demo.waitForLine(new RegExp(`^← ${platform}: to ${name}: «`), { timeoutMs: 20_000 })
    // Instagram and Telegram tell of no delivery.
    if (platform === 'whatsapp' || platform === 'facebook')
      await bubble.getByTitle('Delivered').waitFor({ timeout: 15_000 })
    await bubble.getByTitle('Read').waitFor({ timeout: 20_000 })
    expect(await bubble.count()).toBe(1)
    expect(demo.lines().filter((line) => line === `← ${platform}: to ${name}: «${text}»`)).toHaveLength(1)
  })

  it.each([
    ['whatsapp', 'Сергій Мельник'],
    ['facebook', 'Robert Miller'],
    ['instagram', 'Софія Марченко'],
    ['telegram', 'Дарина Шевченко'],
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

  it('shows what a mail answers, and the rest of it one click away', async () => {
    await page.getByText('Thomas Weber').first().click()
    const bubble = page.getByRole('article').filter({ hasText: 'Den Scan bekommen Sie heute Nachmittag' })
    await bubble.waitFor({ timeout: 10_000 })
    expect(await bubble.innerText()).not.toMatch(/Hafenstraße|schrieb/)
    await bubble.getByRole('button', { name: 'Show all text' }).click()
    expect(await bubble.innerText()).toMatch(/Hafenstraße[^]*schrieb[^]*> Drei Werktage/)
    await bubble.getByRole('button', { name: 'Show less' }).click()
    expect(await bubble.innerText()).not.toContain('Hafenstraße')
  })

  it('asks before it fetches the picture in a mail, and says who will learn of it', async () => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    const pictures = () => asked.filter((url) => url.includes('/pictures/'))
    await page.getByText('Оксана Бондар').first().click()
    const bubble = page.getByRole('article').filter({ hasText: 'Запрошення на відкриття нового офісу' })
    await bubble.getByRole('button', { name: 'Show original' }).click()
    const picture = page.frameLocator('iframe.mail-frame').locator('img')
    await picture.waitFor({ state: 'attached', timeout: 10_000 })
    expect(await bubble.innerText()).toMatch(/1 remote image blocked\.[^]*learns your IP address/)
    expect(pictures()).toEqual([])
    await bubble.getByRole('button', { name: 'Show', exact: true }).click()
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth), { timeout: 10_000 })
      .toBe(640)
    expect(pictures()).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/pictures\/street\.png$/)])
    page.removeAllListeners('request')
  })

  it('shows what Telegram brought through the companion: what was said before it ran, and albums as one message', async () => {
    await page.getByText('Кредо Логістика: переклади').first().click()
    await page.getByText('“Кредо Логістика: переклади” was created').waitFor({ timeout: 10_000 })
    const first = page.getByRole('article').filter({ hasText: 'Тут зручно буде вести всі наші замовлення' })
    expect(await first.innerText()).toContain('Оксана Бондар')
    await demo.waitForLine(/^→ telegram: Дарина Шевченко: \[3 photos\]/, { timeoutMs: 60_000 })
    await page.getByText('Дарина Шевченко').first().click()
    const album = page.getByRole('article').filter({ hasText: 'тут усі сторінки' })
    await expect.poll(() => album.locator('img').count(), { timeout: 15_000 }).toBe(3)
    expect(await album.count()).toBe(1)
  })

  it('says so when the companion ends, and goes on with another one', async () => {
    await page.getByText('Piotr Zieliński').first().click()
    await page.getByRole('article').filter({ hasText: 'czy tłumaczycie prawo jazdy' }).waitFor({ timeout: 10_000 })
    const [pid = 0, ...others] = companionPids(demo.stateDir)
    expect([pid > 0, others]).toEqual([true, []])
    process.kill(pid, 'SIGKILL')
    const text = 'Oddzwonimy za chwilę'
    await page.getByRole('textbox', { name: 'Reply' }).fill(text)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await demo.waitForLine(/^✗ The companion ended \(SIGKILL\) and is started again/, { timeoutMs: 10_000 })
    const bubble = page.getByRole('article').filter({ hasText: text })
    await bubble.getByTitle('Read').waitFor({ timeout: 40_000 })
    expect(await bubble.count()).toBe(1)
    expect(demo.lines().filter((line) => line === `← telegram: to Piotr Zieliński: «${text}»`)).toHaveLength(1)
  })

  /** The Message-ID of the newest mail that a customer sent, as the page itself reads it. */
  const newestMailOf = (name: string) =>
    page.evaluate(async (name) => {
      type Item = { id: string; client_name: string; direction: string; details: { message_id?: string } }
      const read = async (path: string) => {
        const response = await fetch(`/api/v1/communications/conversations${path}`)
        return ((await response.json()) as { items: Item[] }).items
      }
      const own = (await read('?platform=email')).filter((one) => one.client_name === name)
      const messages = await read(`/${own[0]?.id}/messages`)
      const newest = messages.find(({ direction }) => direction === 'inbound')
      return { conversations: own.length, messageId: newest?.details.message_id }
    }, name)

  it('sends an answer by mail in its thread; it comes back as delivered, and is answered in the same place', async () => {
    await page.getByText('Thomas Weber').first().click()
    const { messageId } = await newestMailOf('Thomas Weber')
    const from = demo.lines().length
    await page.getByRole('textbox', { name: 'Reply' }).fill('Anbei unser Angebot: 45 €.')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const sent = /^← email: to Thomas Weber: «Anbei unser Angebot: 45 €\.» \(In-Reply-To <([^>]+)>, (\d+) References\)$/
    const [, inReplyTo, references] = await demo.waitForLine(sent, { from, timeoutMs: 20_000 })
    expect(inReplyTo).toBe(messageId)
    expect(Number(references)).toBeGreaterThanOrEqual(3)
    const bubble = page.getByRole('article').filter({ hasText: 'Anbei unser Angebot' })
    await bubble.getByTitle('Delivered').waitFor({ timeout: 15_000 })
    const said = thanks.de.map((words) => words.replaceAll('.', String.raw`\.`)).join('|')
    const answer = new RegExp(`^→ email: Thomas Weber: «(${said})»$`)
    const [, words = ''] = await demo.waitForLine(answer, { from, timeoutMs: 30_000 })
    await page.getByRole('article').filter({ hasText: words }).last().waitFor({ state: 'visible', timeout: 5000 })
    expect((await newestMailOf('Thomas Weber')).conversations).toBe(1)
    expect(demo.lines().filter((line) => sent.test(line))).toHaveLength(1)
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

  it('counts the votes of a poll in a group', async () => {
    await page.getByText('Кредо Логістика: переклади').first().click()
    await demo.waitForLine(/^→ telegram: Ірина Мороз in «.+»: \[vote\]/, { timeoutMs: 150_000 })
    const poll = page.getByRole('article').filter({ hasText: 'Коли зручно отримати переклад?' })
    await expect.poll(() => poll.innerText(), { timeout: 10_000 }).toMatch(/Середа\s+0 votes\s+Четвер\s+2 votes/)
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
    expect(companionPids(demo.stateDir)).toHaveLength(1)
    expect(await demo.stop()).toBe(true)
    expect(companionPids(demo.stateDir)).toEqual([])
    await expect.poll(() => isPortFree(demo.port), { timeout: 5000 }).toBe(true)
  })
})
