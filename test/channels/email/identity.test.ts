import { describe, expect, test } from 'vitest'
import { externalIdOf, externalIdRange } from '../../../src/channels/email/identity.ts'
import { mailText, multipart, parsed } from './builders.ts'

const idOf = async (raw: Uint8Array | string) => externalIdOf(await parsed(raw), 'inbound')
const body = 'Please translate this.\n\nOlena'

describe('the same mail', () => {
  test.each([
    [
      'through another relay',
      mailText(body, { Received: 'by mx.example', 'Return-Path': '<x@y.example>', 'X-Spam': 'no' }),
    ],
    [
      'with its lines folded otherwise',
      mailText(body, { Subject: 'Translation\n ', From: 'Olena\n <olena@customer.example>' }),
    ],
    [
      'in another transfer encoding',
      mailText(btoa(body.replaceAll('\n', '\r\n')), { 'Content-Transfer-Encoding': 'base64' }),
    ],
    ['with the address of its sender in capitals', mailText(body, { From: 'OLENA@Customer.example' })],
    ['with its date in another zone', mailText(body, { Date: 'Mon, 5 Jan 2026 08:00:00 GMT' })],
    ['with white space lost at the ends of lines', mailText('Please translate this.   \n\n\nOlena\n\n')],
    ['with the brackets of its id lost', mailText(body, { 'Message-ID': 'one@customer.example' })],
  ])('has the same external id %s', async (_, copy) => {
    expect(await idOf(copy)).toBe(await idOf(mailText(body)))
  })
})

describe('different mails', () => {
  const file = (content: string) =>
    mailText(
      multipart('b', [`\n${body}`, `Content-Type: x/y; name=a.txt\nContent-Disposition: attachment\n\n${content}`]),
      {
        'Content-Type': 'multipart/mixed; boundary=b',
      },
    )

  test.each([
    ['their sender', mailText(body, { From: 'other@customer.example' })],
    ['their date', mailText(body, { Date: 'Mon, 05 Jan 2026 10:00:01 +0200' })],
    ['their subject', mailText(body, { Subject: 'Another' })],
    ['their text', mailText(`${body}!`)],
    ['their id', mailText(body, { 'Message-ID': '<two@customer.example>' })],
    ['the case of their id', mailText(body, { 'Message-ID': '<One@customer.example>' })],
    ['a file', file('a')],
  ])('that differ in %s are two', async (_, other) => {
    expect(await idOf(other)).not.toBe(await idOf(mailText(body)))
  })

  test('that differ in what a file holds are two, also where it is as long', async () => {
    expect(await idOf(file('a'))).not.toBe(await idOf(file('ab')))
    expect(await idOf(file('a'))).not.toBe(await idOf(file('b')))
    const bare = new TextEncoder().encode(file('a\nb'))
    expect(await idOf(bare)).toBe(await idOf(file('a\nb')))
  })

  test('without an id are two as well, and one with itself', async () => {
    const without = (text: string) => mailText(text, { 'Message-ID': undefined, Date: undefined })
    expect(await idOf(without('a'))).toBe(await idOf(without('a')))
    expect(await idOf(without('a'))).not.toBe(await idOf(without('b')))
  })
})

test('the same mail has the same external id with its subject folded in the middle', async () => {
  const folded = await idOf(mailText(body, { Subject: 'Price\n   list' }))
  expect(folded).toBe(await idOf(mailText(body, { Subject: 'Price list' })))
})

test('what the business sent is known by the id that its relay gave, with nothing added', async () => {
  expect(externalIdOf(await parsed(mailText(body)), 'outbound')).toBe('one@customer.example')
})

test('is the same in every release: a mail that comes again after an update is still the same mail', async () => {
  expect(await idOf(mailText(body))).toBe('one@customer.example 47fb3029-6440-8dd8-9e24-e31b1bdb8e7f')
})

test('all mails with one id, and no others, are found in one range', async () => {
  const { exact, after, before } = externalIdRange('one@customer.example')
  const found = (id: string) => id === exact || (id > after && id < before)
  expect(found(await idOf(mailText(body)))).toBe(true)
  expect(found('one@customer.example')).toBe(true)
  for (const id of [
    'one@customer.example!',
    'one@customer.example.org x',
    'one@customer.exampl',
    'one@customer.examplf',
  ])
    expect(found(id)).toBe(false)
})

test('an external id fits wherever one is kept', async () => {
  const id = await idOf(mailText(body, { 'Message-ID': `<${'x'.repeat(5000)}@y.example>` }))
  expect(id.length).toBeLessThanOrEqual(512)
})
