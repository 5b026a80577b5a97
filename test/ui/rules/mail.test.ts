import { describe, expect, it } from 'vitest'
import { answerSubject, isShortMail, readCopies, readMail, withKnownSubject } from '../../../src/ui/rules/mail.ts'
import { mailDetails, message } from '../build.ts'

describe('readMail', () => {
  it('knows a mail from anything else', () => {
    expect(readMail(mailDetails())).toMatchObject({ from: { address: 'olena@client.example' }, hasHtml: true })
    expect(readMail({})).toBeNull()
    expect(readMail({ subject: 'Hello', cc: ['a@b.example'] })).toBeNull()
  })

  it.each([
    ['boss@bank.example', true],
    ['boss@bank.example via olena@client.example', true],
    ['boss ＠ bank.example', true],
    ['xolena@client.example', true],
    ['Olena', false],
    ['Olena (Olena@Client.Example)', false],
    ['', false],
  ])('tells whether a name passes for another address: %s', (name, isMisleading) => {
    const details = mailDetails({ from: { address: 'olena@client.example', name } })
    expect(readMail(details)?.from?.isMisleading).toBe(isMisleading)
  })

  it('believes the server that a name misleads', () => {
    expect(readMail(mailDetails({ warnings: ['misleading_name'] }))).toMatchObject({
      from: { isMisleading: true },
      warnings: [],
    })
  })

  it('leaves out what nobody found out, and marks a failure alone', () => {
    const { verdicts } = readMail(mailDetails({ auth: { spf: 'softfail', dkim: 'none', dmarc: 'fail' } })) ?? {}
    expect(verdicts?.map(({ method, isBad }) => [method, isBad])).toEqual([
      ['SPF', false],
      ['DMARC', true],
    ])
  })

  it('takes what it understands of strange details', () => {
    const strange = { from: 7, to: 'all', cc: [null, { address: 1 }], warnings: {}, automated: [], blocked_images: '9' }
    expect(readMail(mailDetails({ ...strange, answer_to: [], auth: { spf: {} }, full_text: 3 }))).toEqual({
      ...{ from: null, answerTo: null, to: [], cc: [], verdicts: [], automated: null, warnings: [] },
      ...{ hasHtml: true, blockedImages: 0, hasInlineImages: false, isForUsAlone: false, fullText: null },
    })
    expect(readCopies({ cc: [1, 'a@b.example'], bcc: 'x' })).toEqual({ cc: ['a@b.example'], bcc: [] })
  })
})

describe('the subject', () => {
  it('of an answer says once that it is one', () => {
    expect(answerSubject('Contract')).toBe('Re: Contract')
    for (const subject of ['Re: Contract', 'RE[2]: Contract', 'AW: Vertrag', 'Відп: Договір', '']) {
      expect(answerSubject(subject)).toBe(subject)
    }
    expect(answerSubject('Report')).toBe('Re: Report')
  })

  it('is known where the mail above has it too, whoever answered in between', () => {
    const of = (id: string, subject?: string) => message({ id, details: subject === undefined ? {} : { subject } })
    const rows = [of('a', 'Contract'), of('b'), of('c', 'Re: contract'), of('d', 'Invoice'), of('e', 'Contract')]
    expect([...withKnownSubject(rows)]).toEqual(['c'])
  })
})

describe('the frame for an original', () => {
  const short = (details: Record<string, unknown>, content = 'Yes, thank you.') => {
    const facts = readMail(mailDetails(details))
    return facts !== null && isShortMail(facts, content)
  }

  it('is small for a few words, and large for pictures of its own and for all that is longer', () => {
    expect(short({})).toBe(true)
    expect(short({}, 'line\n'.repeat(20))).toBe(false)
    expect(short({ full_text: 'word '.repeat(200) })).toBe(false)
    expect(short({ blocked_images: 1 })).toBe(true)
    expect(short({ inline: [{ content_id: 'a', position: 0 }] })).toBe(false)
  })
})
