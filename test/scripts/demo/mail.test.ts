import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { relayToml, withMailRelay } from '../../../scripts/demo/mail-config.ts'
import { createRelayHandler, type SentMail } from '../../../scripts/demo/mail-relay.ts'
import type { DemoMail } from '../../../scripts/demo/mail.ts'
import { createRandom } from '../../../scripts/demo/random.ts'
import type { DemoRequest } from '../../../scripts/demo/request.ts'
import { createScript } from '../../../scripts/demo/script.ts'
import { root } from '../../../scripts/lib/paths.ts'
import { visibleText } from '../../../src/channels/email/answer-text.ts'
import { mailLimits, type ParsedMail } from '../../../src/channels/email/mail.ts'
import { parseMail } from '../../../src/channels/email/parse-mail.ts'
import { sanitizeMailHtml } from '../../../src/channels/email/sanitize-html.ts'

const now = Date.parse('2026-11-23T12:00:00Z')
const thomas = 'thomas.weber@firma.example'
const office = 'office@slovo.example'
const nowhere = () => ({ id: '', url: '', mimeType: '', sha256Base64: '' })
const pictureAt = (name: string) => `http://127.0.0.1:1/${name}.png`
const scriptOf = () => createScript({ seed: 1, runId: 1, store: nowhere, pictureAt })

const mailsIn = (requests: readonly DemoRequest[]): DemoMail[] =>
  requests.flatMap((request) => (request.platform === 'email' ? [request.mail] : []))

async function read({ raw }: DemoMail): Promise<ParsedMail> {
  const mail = await parseMail(new TextEncoder().encode(raw), mailLimits)
  if (mail.kind !== 'parsed') throw new Error(mail.reason)
  return mail
}

describe('the mails of the demo', () => {
  it('are fetched where they are days old, and come in by the door for mail where they are new', () => {
    const script = scriptOf()
    expect(new Set(mailsIn(script.backlog(now)).map(({ isFetched }) => isFetched))).toEqual(new Set([true]))
    const live = mailsIn(Array.from({ length: 200 }, () => script.next(now)))
    expect(live.length).toBeGreaterThan(3)
    for (const { isFetched, to } of live) expect([isFetched, to]).toEqual([false, office])
  })

  it('have in one of them what it answers and a signature, neither of which is what was written', async () => {
    const mails = mailsIn(scriptOf().backlog(now))
    const [sent] = mails.filter(({ direction }) => direction === 'outbound')
    const [asked, answer] = await Promise.all(mails.filter(({ from }) => from === thomas).map(read))
    const ours = sent === undefined ? null : await read(sent)
    expect(ours?.subject).toBe(`Re: ${asked?.subject}`)
    expect(answer?.inReplyTo).toEqual([ours?.messageId])
    expect(answer?.references).toEqual([...(ours?.references ?? []), ours?.messageId])
    expect(answer?.text).toMatch(
      /\n-- \nThomas Weber\n[^]*schrieb [^]*<office@slovo\.example>:\n> Guten Tag, Herr Weber!/,
    )
    expect(visibleText(answer?.text ?? '', '')).toMatch(/^Vielen Dank[^]*Freundliche Grüße$/)
  })

  it('have a picture of another server, a file, and a subject that is longer than its place', async () => {
    const mails = await Promise.all(mailsIn(scriptOf().backlog(now)).map(read))
    const html = mails.map((mail) => sanitizeMailHtml(mail.html ?? '', [], { isLocal: true }))
    expect(html.reduce((sum, { blockedImages }) => sum + blockedImages, 0)).toBe(1)
    expect(html.map((one) => one.html).join('')).toContain(pictureAt('street'))
    const [file] = mails.flatMap(({ attachments }) => attachments)
    expect(file).toMatchObject({ filename: 'Договір.pdf', mimeType: 'application/pdf' })
    expect(new TextDecoder('latin1').decode(file?.bytes.subarray(0, 5))).toBe('%PDF-')
    expect(Math.max(...mails.map(({ subject }) => subject.length))).toBeGreaterThan(80)
  })

  it('answer an answer of ours at the address that it asked for, in its thread', async () => {
    const ours = {
      ...{ messageId: 'sent.1@slovo.example', subject: 'Re: Vollmacht', references: ['a@b.example', 'c@d.example'] },
      ...{ replyTo: 'office+rtoken@slovo.example', text: 'Our\nanswer', at: now },
    }
    const received = { platform: 'email', address: thomas, messageId: ours.messageId, mail: ours } as const
    const request = scriptOf().answerTo(received, now)
    const [mail] = mailsIn(request === null ? [] : [request])
    expect(mail).toMatchObject({ isFetched: false, direction: 'inbound', from: thomas, to: ours.replyTo })
    expect(mail === undefined ? null : await read(mail)).toMatchObject({
      ...{ subject: 'Re: Vollmacht', inReplyTo: [ours.messageId], references: [...ours.references, ours.messageId] },
      ...{ to: [{ address: ours.replyTo }], text: expect.stringContaining('> Our\n> answer') },
    })
  })
})

describe('the stand-in of the mail relay', () => {
  const taken: { mail: SentMail; deliveredAfterMs: number }[] = []
  const handle = createRelayHandler({
    random: createRandom(1),
    runId: 5,
    now: () => now,
    onMail: (mail, deliveredAfterMs) => void taken.push({ mail, deliveredAfterMs }),
  })
  const mail = {
    ...{ from: { email: office, name: 'Slovo' }, to: thomas, subject: 'Re: x', text: 'y', html: '<p>y</p>' },
    headers: { 'In-Reply-To': '<a@b.example>', References: '<t@slovo.example> <a@b.example>' },
    files: [{ filename: 'a.pdf', type: 'application/pdf', size: 1 }],
  }
  const post = () => handle(new Request('http://127.0.0.1/mail', { method: 'POST', body: JSON.stringify(mail) }))

  it('names each mail, and tells of its delivery as the platform does', async () => {
    const answers = [await (await post()).json(), await (await post()).json()] as {
      messageId: string
      news: { afterS: number; event: { type: string; payload: unknown } }[]
    }[]
    expect(answers.map(({ messageId }) => messageId)).toEqual(['<sent.5.1@slovo.example>', '<sent.5.2@slovo.example>'])
    const [news] = answers[0]?.news ?? []
    expect(news?.afterS).toBeGreaterThanOrEqual(1)
    expect(news?.event).toMatchObject({
      type: 'cf.email.sending.message.delivered',
      payload: { messageId: '<sent.5.1@slovo.example>', sender: office, recipient: thomas },
    })
    expect(taken[0]?.deliveredAfterMs).toBe((news?.afterS ?? 0) * 1000)
    expect(taken[0]?.mail).toMatchObject({
      ...{ messageId: 'sent.5.1@slovo.example', from: office, replyTo: office, inReplyTo: 'a@b.example' },
      ...{ references: ['t@slovo.example', 'a@b.example'], filenames: ['a.pdf'] },
    })
  })

  it('has the pictures of customers, and nothing else', async () => {
    const picture = await handle(new Request('http://127.0.0.1/pictures/street.png'))
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
    for (const path of ['/', '/mail', '/pictures/', '/pictures/../x.png', '/pictures/other.png']) {
      expect((await handle(new Request(`http://127.0.0.1${path}`))).status).toBe(404)
    }
  })

  it('is bound in the place of the relay, and nothing else is changed', () => {
    const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8')
    const changed = withMailRelay(toml, root)
    expect(changed).not.toContain('[[send_email]]')
    expect(changed).toContain('binding = "MAIL"\nservice = "demo-mail-relay"')
    expect(changed).not.toContain('[env.')
    for (const path of ['src/index.ts', 'dist/page', 'migrations']) expect(changed).toContain(`"${join(root, path)}"`)
    const local = toml.split('\n[env.')[0] ?? ''
    const kept = local.split('\n').filter((line) => changed.split('\n').includes(line))
    expect(local.split('\n').length - kept.length).toBe(5)
    const relay = relayToml(toml, 'http://127.0.0.1:1/mail')
    expect(relay).toContain('queue = "edge-inbox-mail-events"')
    expect(relay).toContain('TAKES_MAIL = "http://127.0.0.1:1/mail"')
    expect(() => withMailRelay('', root)).toThrow('send_email')
    expect(() => relayToml('', '')).toThrow('queue')
  })
})
