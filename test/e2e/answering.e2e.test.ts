import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chromiumPath, launchChromium } from './browser.ts'
import { buildPage, type FakeServer, openPage } from './fake-inbox-server.ts'

/** Until the next picture is on the screen: what has no sign of its own has happened by then. */
const drawn = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))))

describe.skipIf(!chromiumPath)('answering on the page', () => {
  let browser: Browser
  let built: Awaited<ReturnType<typeof buildPage>>
  let page: Page
  let server: FakeServer
  let complaints: string[]
  let box: Locator

  beforeAll(async () => {
    built = await buildPage()
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await built?.remove()
  })
  beforeEach(async () => {
    for (const context of browser.contexts()) await context.close()
    page = await browser.newPage({ viewport: { width: 1200, height: 800 }, locale: 'en-US' })
    complaints = []
    page.on('console', (line) => {
      // Refusals and lost answers are part of the tests; a breach of the content policy is not.
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) complaints.push(line.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    server = await openPage(page, built.folder)
    box = page.getByRole('textbox', { name: 'Reply' })
    await page.getByText('Message 29').waitFor()
    await box.waitFor()
  })

  const bubbles = (text: string) => page.getByRole('article').filter({ hasText: text })
  const fromEnd = () =>
    page.locator('.thread-scroller').evaluate((one) => Math.round(one.scrollHeight - one.scrollTop - one.clientHeight))
  const openRow = (name: string) => page.getByRole('link', { name: new RegExp(name) }).click()

  it('shows a reply at once, and as one row when the server has it', async () => {
    const release = server.hold()
    await box.fill('Good morning')
    await box.press('Enter')
    await bubbles('Good morning').getByText('Sending…').waitFor({ state: 'attached' })
    expect(await box.inputValue()).toBe('')
    expect(await fromEnd()).toBeLessThan(2)
    const before = await bubbles('Good morning').boundingBox()
    release()
    await bubbles('Good morning').getByTitle('Waiting to be sent').waitFor()
    expect(await bubbles('Good morning').count()).toBe(1)
    expect(await bubbles('Good morning').boundingBox()).toEqual(before)
    const stored = server.messages.at(-1)
    const status = {
      conversation_id: stored?.conversation_id,
      message_id: stored?.id,
      at: stored?.created_at,
      error: null,
    }
    server.tell({ type: 'message_status', ...status, status: 'read' })
    await bubbles('Good morning').getByTitle('Read').waitFor()
    expect(complaints).toEqual([])
  })

  it('takes the reader to the end when they send from further up', async () => {
    await page.locator('.thread-scroller').evaluate((one) => one.scrollTo(0, 0))
    await box.fill('Good morning')
    await box.press('Control+Enter')
    await bubbles('Good morning').waitFor()
    await expect.poll(fromEnd).toBeLessThan(2)
  })

  it('breaks the line with Shift and Enter, grows, and stays at the end of the thread', async () => {
    const height = async () => (await box.boundingBox())?.height ?? 0
    const before = await height()
    await box.pressSequentially('One')
    for (let line = 0; line < 4; line += 1) await box.press('Shift+Enter')
    expect(await height()).toBeGreaterThan(before + 60)
    expect(server.replies).toEqual([])
    await drawn(page)
    expect(await fromEnd()).toBeLessThan(2)
    await box.fill('x\n'.repeat(300))
    expect(await height()).toBeLessThan(330)
  })

  it('leaves Enter to the input method while a word is being composed', async () => {
    const client = await page.context().newCDPSession(page)
    await box.focus()
    await client.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    await client.send('Input.dispatchKeyEvent', {
      type: 'keyDown',
      key: 'Enter',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
    })
    await drawn(page)
    expect(server.replies).toEqual([])
    await client.send('Input.insertText', { text: '日本' })
    await box.press('Enter')
    await expect.poll(() => server.replies.map(({ content }) => content)).toEqual(['日本'])
  })

  it('keeps what was begun while another conversation is open', async () => {
    await box.fill('Half a sen')
    await openRow('Anna Schmidt')
    await page.getByLabel('Answer as a person').waitFor()
    expect(await box.inputValue()).toBe('')
    await openRow('Olena Kovalenko')
    await expect.poll(() => box.inputValue()).toBe('Half a sen')
    expect(await box.evaluate((one) => one === document.activeElement)).toBe(true)
  })

  it('attaches files by the button, by pasting and by dropping, one message for each', async () => {
    const picture = { name: 'scan.png', mimeType: 'image/png', buffer: Buffer.from('not really a picture') }
    await page.locator('input[type=file]').setInputFiles([picture])
    for (const [type, target] of [
      ['paste', box],
      ['drop', page.locator('.thread-scroller')],
    ] as const) {
      await target.evaluate((element, name) => {
        const data = new DataTransfer()
        data.items.add(new File(['12345'], `${name}.pdf`, { type: 'application/pdf' }))
        const init = { bubbles: true, cancelable: true }
        const event =
          name === 'paste'
            ? new ClipboardEvent(name, { ...init, clipboardData: data })
            : new DragEvent(name, { ...init, dataTransfer: data })
        element.dispatchEvent(event)
      }, type)
    }
    const chips = page.getByRole('list', { name: 'Attached files' }).getByRole('listitem')
    await expect.poll(() => chips.allInnerTexts()).toHaveLength(3)
    await page.getByRole('button', { name: 'Remove paste.pdf' }).click()
    await box.fill('Here they are')
    await box.press('Enter')
    await expect.poll(() => server.replies.length).toBe(2)
    expect(server.replies.map(({ content, attachments }) => [content, attachments?.[0]?.filename])).toEqual([
      ['Here they are', 'scan.png'],
      ['', 'drop.pdf'],
    ])
    expect(server.uploads).toContainEqual({ type: 'image/png', size: 20 })
    expect(complaints).toEqual([])
  })

  it('refuses a file that the channel does not take, and does not leave the page for one that is dropped', async () => {
    await page
      .locator('input[type=file]')
      .setInputFiles([{ name: 'a.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(2000) }])
    await page.getByText('a.mp4 cannot be attached: at most 1 kB for a file of this kind.').waitFor()
    expect(server.uploads).toEqual([])
    await openRow('Piotr Nowak')
    await page.getByText('Nothing can be sent on this channel from here').waitFor()
    const isHeldBack = await page.evaluate(() => {
      const data = new DataTransfer()
      data.items.add(new File(['1'], 'a.txt'))
      return !document.body.dispatchEvent(
        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }),
      )
    })
    expect(isHeldBack).toBe(true)
  })

  it('answers a certain message, and says so before it is sent', async () => {
    await bubbles('Message 28').getByRole('button', { name: 'Reply to this message' }).click()
    await page.locator('.reply-bar').getByText('Message 28').waitFor()
    await box.fill('Yes')
    await box.press('Enter')
    await bubbles('Yes').getByText('Message 28').waitFor()
    expect(server.replies[0]?.reply_to).toBe(server.messages[28]?.id)
    expect(await page.locator('.reply-bar').count()).toBe(0)
  })

  it('reacts by keyboard, and takes it back', async () => {
    const last = bubbles('Message 29')
    await last.getByRole('button', { name: 'React' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await last.getByRole('button', { name: 'Take back ❤️' }).click()
    await expect.poll(() => server.calls.filter((call) => call.includes('reaction'))).toHaveLength(2)
    expect(server.calls.filter((call) => call.includes('reaction')).map((call) => call.split(' ').at(-1))).toEqual([
      '{"emoji":"❤️"}',
      '{"emoji":null}',
    ])
    expect(await last.getByRole('listitem').count()).toBe(0)
  })

  it('closes what was opened last with Escape, and only then the conversation', async () => {
    await bubbles('Message 29').getByRole('button', { name: 'React' }).click()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('group', { name: 'Reactions' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Templates', exact: true }).click()
    await page.getByRole('textbox', { name: 'Search templates' }).press('Escape')
    expect(await page.getByRole('textbox', { name: 'Search templates' }).count()).toBe(0)
    await box.waitFor()
    await page.locator('.thread-scroller').focus()
    await page.keyboard.press('r')
    expect(await box.evaluate((one) => one === document.activeElement)).toBe(true)
    await page.keyboard.press('Escape')
    await page.getByText('No conversation open').waitFor()
  })

  it('sends the same again by itself when the answer was lost', async () => {
    server.refusals.push('lost', server.refuse(503, 'unavailable', 'Later'))
    await box.fill('Good morning')
    await box.press('Enter')
    await bubbles('Good morning').getByText('It is sent by itself').waitFor()
    await bubbles('Good morning').getByTitle('Waiting to be sent').waitFor()
    await expect.poll(() => server.replies.length, { timeout: 8000 }).toBe(3)
    expect(new Set(server.replies.map((reply) => reply.client_message_id)).size).toBe(1)
    await expect.poll(() => bubbles('Good morning').getByText('The inbox could not store it').count()).toBe(0)
    expect(await bubbles('Good morning').count()).toBe(1)
  })

  it('says why a reply was refused, and sends or deletes it when asked', async () => {
    server.refusals.push(server.refuse(422, 'message.too_long', 'At most 4096 characters'))
    await box.fill('Good morning')
    await box.press('Enter')
    const row = bubbles('Good morning')
    await row.getByText('At most 4096 characters · message.too_long').waitFor()
    await row.getByRole('button', { name: 'Retry' }).click()
    await row.getByTitle('Waiting to be sent').waitFor()
    server.refusals.push(server.refuse(422, 'message.too_long', 'At most 4096 characters'))
    await box.fill('Another one')
    await box.press('Enter')
    await bubbles('Another one').getByRole('button', { name: 'Delete' }).click()
    expect(await bubbles('Another one').count()).toBe(0)
  })

  it('asks before it sends again what may have arrived', async () => {
    await box.fill('Your order is ready')
    await box.press('Enter')
    const row = bubbles('Your order is ready')
    await row.getByTitle('Waiting to be sent').waitFor()
    const stored = server.messages.at(-1)
    const error = { code: 'timeout', title: 'No answer', details: null, kind: 'unreachable' }
    const status = { conversation_id: stored?.conversation_id, message_id: stored?.id, at: stored?.created_at, error }
    server.tell({ type: 'message_status', ...status, status: 'unknown' })
    await row.getByRole('button', { name: 'Retry' }).click()
    await row.getByText('It may have arrived.').waitFor()
    await row.getByRole('button', { name: 'Cancel' }).click()
    expect(server.calls.filter((call) => call.includes('/retry'))).toEqual([])
    await row.getByRole('button', { name: 'Retry' }).click()
    await row.getByRole('button', { name: 'Send again' }).click()
    await expect.poll(() => server.calls.filter((call) => call.includes('/retry'))).toHaveLength(1)
    await row.getByTitle('Waiting to be sent').waitFor()
  })

  it('fills in and sends a template where the window is closed', async () => {
    await openRow('Thomas Becker')
    await page.getByText('A template can still be sent').waitFor()
    expect(await box.count()).toBe(0)
    await page.getByRole('textbox', { name: 'Search templates' }).fill('order')
    await page.getByRole('button', { name: /order ready/ }).click()
    const send = page.getByRole('button', { name: 'Send template' })
    expect(await send.isDisabled()).toBe(true)
    await page.getByLabel('Text 1').fill('Томасе')
    await page.getByLabel('Text 2').fill('№5')
    await page.getByRole('group', { name: 'Preview' }).getByText('Вітаємо, Томасе! Замовлення №5 готове.').waitFor()
    await send.click()
    await expect.poll(() => server.replies.length).toBe(1)
    expect(server.replies[0]?.template).toEqual({
      ...{ name: 'order_ready', language: 'uk' },
      components: [
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Томасе' },
            { type: 'text', text: '№5' },
          ],
        },
      ],
    })
    await bubbles('Вітаємо, Томасе!').waitFor()
    expect(await send.count()).toBe(0)
  })

  it('lets a person answer after the window, once they say that they are one', async () => {
    await openRow('Anna Schmidt')
    expect(await box.isDisabled()).toBe(true)
    await page.getByLabel('Answer as a person').check()
    await box.fill('Hello again')
    await box.press('Enter')
    await expect.poll(() => server.replies[0]?.human_agent).toBe(true)
  })

  it('tells the customer and the colleagues of typing, but not with every key', async () => {
    await box.pressSequentially('Good morning')
    await expect.poll(() => server.calls.filter((call) => call.includes('/typing'))).toHaveLength(1)
  })
})
