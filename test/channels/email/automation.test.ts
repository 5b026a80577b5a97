import { describe, expect, test } from 'vitest'
import { classify } from '../../../src/channels/email/automation.ts'
import { mailText, multipart, parse } from './builders.ts'

const kindOf = async (headers: Record<string, string | undefined>, body = 'Hello') =>
  classify(await parse(mailText(body, headers)))

describe('a person', () => {
  test.each([
    {},
    { 'Auto-Submitted': 'no' },
    { Subject: 'Re: Automatic reply: Price' },
    { Subject: 'Out of paper' },
    { Precedence: 'first-class' },
    { 'Return-Path': '<olena@customer.example>' },
    { From: 'Postmaster Pat <pat@customer.example>', Subject: 'Question' },
    { Subject: 'Undelivered parcel' },
    { Subject: 'Mail delivery failed, what now?' },
    { 'X-Auto-Response-Suppress': 'None' },
  ])('is one with %j', async (headers) => {
    expect(await kindOf(headers)).toEqual({ kind: 'human' })
  })
})

describe('a machine that answers', () => {
  test.each([
    { 'Auto-Submitted': 'auto-replied' },
    { 'Auto-Submitted': 'auto-generated; type=x' },
    { 'Auto-Submitted': 'auto-replied', Precedence: 'bulk', 'List-Id': '<x>' },
    { 'X-Auto-Response-Suppress': 'All' },
    { 'X-Auto-Response-Suppress': 'DR, OOF, AutoReply' },
    { 'X-Autoreply': 'yes' },
    { 'X-Autorespond': '' },
    { Precedence: 'auto_reply' },
    { 'Return-Path': '<>' },
    { 'X-Edge-Inbox-Loop': 'bureau' },
    { Subject: 'Automatic reply: Price' },
    { Subject: 'Out of Office: Price' },
    { Subject: 'Автоматична відповідь: Ціна' },
    { Subject: 'Автоответ: Цена' },
    { Subject: 'Abwesenheitsnotiz' },
    { 'Content-Type': 'multipart/report; report-type=disposition-notification; boundary=b' },
  ])('is known by %j', async (headers) => {
    expect(await kindOf(headers)).toEqual({ kind: 'auto_reply' })
  })

  test('is known by its header even where the rest is too large to read', async () => {
    const mail = await parse(mailText('x'.repeat(3_000_000), { 'Auto-Submitted': 'auto-replied' }))
    expect(classify(mail)).toEqual({ kind: 'auto_reply' })
  })
})

describe('a list', () => {
  test.each([
    { Precedence: 'bulk' },
    { Precedence: 'list' },
    { Precedence: 'junk' },
    { 'List-Id': 'Everybody <all.example>' },
    { 'List-Unsubscribe': '<mailto:x@y.example>' },
    { 'Feedback-ID': '1:2:3:x' },
  ])('is known by %j', async (headers) => {
    expect(await kindOf(headers)).toEqual({ kind: 'list' })
  })
})

describe('a report of delivery', () => {
  const original = 'From: office@bureau.example\nMessage-ID: <sent-by-us@bureau.example>\nSubject: Price\n\nHello'
  const report = (status: string, returned = `Content-Type: message/rfc822\n\n${original}`) =>
    kindOf(
      {
        From: 'MAILER-DAEMON@mx.example',
        'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
      },
      multipart('b', ['\nYour mail did not arrive.', `Content-Type: message/delivery-status\n\n${status}`, returned]),
    )

  test('says what became of which mail, and why', async () => {
    const status =
      'Reporting-MTA: dns; mx.example\nArrival-Date: Mon, 5 Jan 2026 10:00:00 +0200\n\n' +
      'Final-Recipient: rfc822; olena@customer.example\nOriginal-Recipient: rfc822;Olena@Customer.example\nAction: failed\n' +
      'Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <olena@customer.example>:\n user unknown'
    const delivery = {
      status: '5.1.1',
      action: 'failed',
      recipient: 'Olena@customer.example',
      isPermanent: true,
      diagnostic: '550 5.1.1 <olena@customer.example>: user unknown',
    }
    expect(await report(status)).toEqual({
      kind: 'bounce',
      bounce: { ...delivery, originalMessageId: 'sent-by-us@bureau.example', deliveries: [delivery] },
    })
  })

  test('names the mail by its returned header, too', async () => {
    const result = await report(
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0',
      `Content-Type: text/rfc822-headers\n\n${original}`,
    )
    expect(result).toMatchObject({ bounce: { originalMessageId: 'sent-by-us@bureau.example' } })
  })

  test('of a delay is not final', async () => {
    const result = await report(
      'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1',
    )
    expect(result).toMatchObject({ bounce: { action: 'delayed', isPermanent: false, status: '4.4.1' } })
  })

  test('is final where the server has given up, whatever the code', async () => {
    const result = await report(
      'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 4.4.7',
    )
    expect(result).toMatchObject({ bounce: { action: 'failed', isPermanent: true, status: '4.4.7' } })
  })

  test('without an action goes by its code', async () => {
    expect(await report('Final-Recipient: rfc822; a@b.example\nStatus: 5.2.2')).toMatchObject({
      bounce: { action: 'failed' },
    })
    expect(await report('Final-Recipient: rfc822; a@b.example\nStatus: 4.2.2')).toMatchObject({
      bounce: { action: 'delayed' },
    })
  })

  test('of several recipients counts as its worst', async () => {
    const result = await report(
      'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0\n\n' +
        'Final-Recipient: rfc822; c@d.example\nAction: failed\nStatus: 5.1.1',
    )
    expect(result).toMatchObject({ bounce: { action: 'failed', recipient: 'c@d.example' } })
  })

  test('of several that failed tells of each', async () => {
    const block = (address: string, code: string) =>
      `Final-Recipient: rfc822; ${address}\nAction: failed\nStatus: ${code}`
    const result = await report(
      `Reporting-MTA: dns; x\n\n${block('copy@d.example', '5.1.1')}\n\n${block('a@b.example', '5.2.2')}`,
    )
    const deliveries = [
      { recipient: 'copy@d.example', status: '5.1.1', isPermanent: true },
      { recipient: 'a@b.example', status: '5.2.2', isPermanent: true },
    ]
    expect(result).toMatchObject({ bounce: { recipient: 'copy@d.example', deliveries } })
  })

  test('of a delay and a failure counts as the failure', async () => {
    const result = await report(
      'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1\n\n' +
        'Final-Recipient: rfc822; c@d.example\nAction: failed\nStatus: 5.1.1',
    )
    expect(result).toMatchObject({ bounce: { action: 'failed', recipient: 'c@d.example', isPermanent: true } })
  })

  test('of success is no bounce', async () => {
    const result = await report(
      'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0',
    )
    expect(result).toEqual({ kind: 'auto_reply' })
  })
})

describe('a report in a server’s own words', () => {
  const from = 'Mail Delivery System <MAILER-DAEMON@mx.example>'

  test.each([
    [
      'Exim',
      {
        From: from,
        Subject: 'Mail delivery failed: returning message to sender',
        'X-Failed-Recipients': 'olena@customer.example',
      },
      'This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  olena@customer.example\n    host mx.customer.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<olena@customer.example>:\n    550 5.1.1 User unknown\n\n------ This is a copy of the message ------\n\nMessage-ID: <sent-by-us@bureau.example>',
      {
        status: '5.1.1',
        recipient: 'olena@customer.example',
        isPermanent: true,
        originalMessageId: 'sent-by-us@bureau.example',
        diagnostic: '550 5.1.1 User unknown',
      },
    ],
    [
      'qmail',
      { From: 'MAILER-DAEMON@mx.example', Subject: 'failure notice' },
      "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<olena@customer.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <sent-by-us@bureau.example>",
      {
        recipient: 'olena@customer.example',
        isPermanent: true,
        originalMessageId: 'sent-by-us@bureau.example',
        diagnostic: 'Remote host said: 550 no such user',
      },
    ],
    [
      'Postfix',
      { From: from, Subject: 'Undelivered Mail Returned to Sender' },
      'This is the mail system at host mx.example.\n\n<olena@customer.example>: host mx.customer.example[192.0.2.1] said: 550 5.7.1\n    Blocked (in reply to RCPT TO command)',
      { status: '5.7.1', recipient: 'olena@customer.example', isPermanent: true },
    ],
    [
      'Exchange',
      {
        From: 'postmaster@customer.example',
        Subject: 'Undeliverable: Price',
        'In-Reply-To': '<sent-by-us@bureau.example>',
      },
      "Delivery has failed to these recipients or groups:\n\nOlena (olena@customer.example)\nThe email address you entered couldn't be found.\n\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'",
      { status: '5.1.10', recipient: 'olena@customer.example', originalMessageId: 'sent-by-us@bureau.example' },
    ],
    [
      'Gmail, delayed',
      {
        From: 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>',
        Subject: 'Delivery Status Notification (Delay)',
      },
      'There was a temporary problem while delivering your message to olena@customer.example. Gmail will retry for 45 more hours.',
      { action: 'delayed', isPermanent: false },
    ],
    [
      'a server in Ukrainian',
      { From: 'MAILER-DAEMON@mx.example', Subject: 'Лист не доставлено' },
      'Не вдалося доставити лист:\n\n<olena@customer.example>: 552 5.2.2 mailbox full',
      { status: '5.2.2', recipient: 'olena@customer.example', isPermanent: true },
    ],
    [
      'one without a sender',
      { From: undefined, 'Return-Path': '<>', Subject: 'Undeliverable: Price' },
      'olena@customer.example\n550 unknown',
      { recipient: 'olena@customer.example', diagnostic: '550 unknown' },
    ],
  ])('is understood: %s', async (_, headers, body, bounce) => {
    expect(await kindOf(headers, body)).toMatchObject({ kind: 'bounce', bounce })
  })
})

test('a complaint names the mail that was complained of', async () => {
  const result = await kindOf(
    { 'Content-Type': 'multipart/report; report-type=feedback-report; boundary=b' },
    multipart('b', [
      '\nThis is an email abuse report.',
      'Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <olena@customer.example>',
      'Content-Type: message/rfc822\n\nMessage-ID: <sent-by-us@bureau.example>\n\nHello',
    ]),
  )
  expect(result).toEqual({
    ...{ kind: 'complaint', originalMessageId: 'sent-by-us@bureau.example', recipient: 'olena@customer.example' },
  })
})
