import { describe, expect, test } from 'vitest'
import { needsReading } from '../../../src/channels/email/needs-reading.ts'
import { mailText, parse } from './builders.ts'

const mailbox = 'office@bureau.example'
type Headers = Record<string, string | undefined>

async function isRead(headers: Headers, isAnswer = false): Promise<boolean> {
  return needsReading(await parse(mailText('Hello', headers)), { mailbox, isAnswer })
}

const list = { 'List-Id': 'All <all.customer.example>', Precedence: 'list' }
const newsletter = { ...list, 'List-Unsubscribe': '<mailto:out@customer.example>' }
const ticket = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }
const form = { ...ticket, From: 'form@bureau.example', 'Reply-To': 'olena@customer.example' }

describe('somebody has to read', () => {
  test.each<[string, Headers]>([
    ['what a person wrote', {}],
    ['what went through another inbox of this kind', { 'X-Edge-Inbox-Loop': '1' }],
    ['what only asks not to be answered by a machine', { 'X-Auto-Response-Suppress': 'All' }],
    ['what was sent to us and to a list', list],
    ['what was sent to us in copy, and to a list', { ...list, To: 'all@customer.example', Cc: mailbox }],
    ['what came by a list that is our own mailbox', { ...newsletter, 'List-Id': '<office.bureau.example>' }],
    [
      'the same, known by where one writes to',
      { ...newsletter, 'List-Post': '<https://x.example>, <mailto:a@BUREAU.example>' },
    ],
    ['a form on a web site', form],
  ])('%s', async (_, headers) => {
    expect(await isRead(headers)).toBe(true)
  })

  test.each<[string, Headers]>([
    ['a list', newsletter],
    ['a ticket system', ticket],
    ['mass mail', { Precedence: 'bulk' }],
  ])('an answer by way of %s', async (_, headers) => {
    expect(await isRead(headers, true)).toBe(true)
  })
})

describe('nobody has to read', () => {
  test.each<[string, Headers]>([
    ['a newsletter, whoever it is addressed to', newsletter],
    ['what a list sent to everybody', { ...list, To: 'all@customer.example' }],
    ['mass mail', { Precedence: 'bulk' }],
    ['what is counted by who reads it', { 'Feedback-ID': '1:2:3' }],
    ['what a program sent for itself', ticket],
    ['what a program sent that answers go to', { ...ticket, 'Reply-To': 'tickets@customer.example' }],
    ['what nobody can be answered to', { ...list, From: 'No-Reply@customer.example' }],
    ['a list of somebody whose domain only ends like ours', { ...newsletter, 'List-Id': '<all.notbureau.example>' }],
  ])('%s', async (_, headers) => {
    expect(await isRead(headers)).toBe(false)
  })

  test.each<[string, Headers]>([
    ['an answering machine', { 'Auto-Submitted': 'auto-replied' }],
    ['an answering machine that says so in its subject alone', { Subject: 'Out of Office: Price', ...ticket }],
    ['a notice of absence', { Precedence: 'auto_reply' }],
    ['whoever wants to hear of nothing', { 'Return-Path': '<>' }],
    ['a receipt', { 'Content-Type': 'multipart/report; report-type=disposition-notification; boundary=b' }],
  ])('%s, not even as an answer', async (_, headers) => {
    expect(await isRead(headers, true)).toBe(false)
  })

  test('a bounce or a complaint, which have a line of their own', async () => {
    const bounce = { 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b' }
    expect(await isRead({ ...bounce, 'X-Failed-Recipients': 'olena@customer.example' }, true)).toBe(false)
  })
})
