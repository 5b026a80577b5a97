import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseThread, isSpoofSuspect, type KnownThread } from '../../../src/channels/email/choose-thread.ts'
import {
  makeReplyToken,
  replyAddress,
  replyTokenId,
  replyTokensIn,
  verifyReplyToken,
} from '../../../src/channels/email/reply-token.ts'
import { hasForwardPrefix, hasReplyPrefix, subjectKey } from '../../../src/channels/email/subject.ts'
import { subjectRuleMs, type ThreadCandidate, threadCandidates } from '../../../src/channels/email/threads.ts'
import { mailText, parsed } from './builders.ts'

const secret = 'a secret of ours'
const channelId = '11111111-1111-4111-8111-111111111111'
const conversationId = '22222222-2222-4222-8222-222222222222'
const mailbox = 'office@bureau.example'
const receivedAt = Date.UTC(2026, 0, 6)
const token = () => makeReplyToken(secret, { channelId, conversationId })

describe('a reply token', () => {
  test('leads back to its conversation, whatever becomes of its case', async () => {
    const text = await token()
    expect(await verifyReplyToken([secret], channelId, text)).toBe(conversationId)
    expect(await verifyReplyToken([secret], channelId, text.toUpperCase())).toBe(conversationId)
    expect(await verifyReplyToken(['a newer secret', secret], channelId, text)).toBe(conversationId)
  })

  test('is worth nothing on another channel, under another secret, or under none', async () => {
    const text = await token()
    expect(await verifyReplyToken([secret], conversationId, text)).toBeNull()
    expect(await verifyReplyToken(['another'], channelId, text)).toBeNull()
    expect(await verifyReplyToken([], channelId, text)).toBeNull()
    expect(await verifyReplyToken([''], channelId, await makeReplyToken('x', { channelId, conversationId }))).toBeNull()
  })

  test('is worth nothing with any of its characters changed', async () => {
    const text = await token()
    for (let at = 0; at < text.length; at++) {
      const forged = text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)
      expect(await verifyReplyToken([secret], channelId, forged)).toBeNull()
    }
  })

  test('of any conversation is its own, and fits into an address', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.uuid(), async (channel, conversation) => {
        const text = await makeReplyToken(secret, { channelId: channel, conversationId: conversation })
        expect(text).toMatch(/^[a-z0-9]{43}$/)
        expect(await verifyReplyToken([secret], channel, text)).toBe(conversation)
      }),
      { numRuns: 50 },
    )
  })

  test.each([
    '',
    'r',
    'rabc',
    `r${'a'.repeat(42)}`,
    `r${'1'.repeat(42)}`,
    `x${'a'.repeat(42)}`,
    '../../etc',
    'r'.repeat(5000),
  ])('is not made up: %j', async (text) => {
    expect(await verifyReplyToken([secret], channelId, text)).toBeNull()
  })

  test('stands in the address for answers and in the references', async () => {
    const text = await token()
    expect(replyAddress(mailbox, text)).toBe(`office+${text}@bureau.example`)
    expect(replyTokenId(mailbox, text)).toBe(`${text}@bureau.example`)
    expect(replyTokensIn([`Office+${text.toUpperCase()}@bureau.example`], [`${text}@bureau.example`, 'x@y'])).toEqual([
      text,
    ])
  })

  test('is left out of the address of a mailbox whose own name is too long', async () => {
    expect(replyAddress(`${'o'.repeat(21)}@bureau.example`, await token())).toBeNull()
    expect(replyAddress(`${'o'.repeat(20)}@bureau.example`, await token())).not.toBeNull()
  })
})

describe('where a mail may belong', () => {
  const verifyToken = (text: string) => verifyReplyToken([secret], channelId, text)
  const candidates = async (headers: Record<string, string | undefined>, envelopeTo = mailbox) =>
    threadCandidates(await parsed(mailText('x', headers)), { verifyToken, envelopeTo, receivedAt })

  test('is told by our token first, then by the mail it answers, then back through its thread, then by its subject', async () => {
    const text = await token()
    const found = await candidates({
      Subject: 'Re: Translation',
      'In-Reply-To': '<three@bureau.example>',
      References: `<one@customer.example> <two@bureau.example> <three@bureau.example> <${text}@bureau.example>`,
    })
    expect(found.map(({ key }) => key)).toEqual([
      `token:${conversationId}`,
      'message:three@bureau.example',
      `message:${text}@bureau.example`,
      'message:two@bureau.example',
      'message:one@customer.example',
      'subject:olena@customer.example:translation',
    ])
    expect(found.at(-1)).toMatchObject({ by: 'subject', notBefore: receivedAt - subjectRuleMs })
  })

  test.each(['envelope', 'To', 'Cc', 'Delivered-To', 'X-Original-To'])(
    'is told by a token in the address: %s',
    async (place) => {
      const address = replyAddress(mailbox, await token()) ?? ''
      const found = await (place === 'envelope' ? candidates({}, address) : candidates({ [place]: address }))
      expect(found).toEqual([{ by: 'token', key: `token:${conversationId}`, conversationId }])
    },
  )

  test('is not told by a token of somebody else', async () => {
    const forged = await makeReplyToken('not our secret', { channelId, conversationId })
    expect(await candidates({}, replyAddress(mailbox, forged) ?? '')).toEqual([])
  })

  test('is told by its subject only where it says that it answers, and to whom is known', async () => {
    expect(await candidates({ Subject: 'Translation' })).toEqual([])
    expect(await candidates({ Subject: 'Fwd: Translation' })).toEqual([])
    expect(await candidates({ Subject: 'Re:' })).toEqual([])
    expect(await candidates({ Subject: 'Re: Translation', From: undefined })).toEqual([])
  })
})

describe('a subject', () => {
  test.each([
    'Re: a',
    'RE : a',
    'AW: a',
    'Antw: a',
    'SV: a',
    'Odp: a',
    'Відп: a',
    'Отв: a',
    'Re[2]: a',
    'Re(3): a',
    '[list] Re: a',
    '回复：a',
    'RES: a',
  ])('%s answers', (subject) => {
    expect(hasReplyPrefix(subject)).toBe(true)
    expect(subjectKey(subject)).toBe('a')
  })

  test.each(['Fwd: a', 'FW: a', 'WG: a', 'TR: a', 'Пересл: a', 'RV: a', '[EXTERNAL] Fwd: a'])(
    '%s passes on',
    (subject) => {
      expect(hasForwardPrefix(subject)).toBe(true)
      expect(hasReplyPrefix(subject)).toBe(false)
      expect(subjectKey(subject)).toBe('a')
    },
  )

  test.each(['Report: a', 'Regarding a', 'Reminder: a', 'a Re: b', 'Real: a'])('%s does neither', (subject) => {
    expect(hasReplyPrefix(subject) || hasForwardPrefix(subject)).toBe(false)
  })

  test('is compared without all that answering added', () => {
    expect(subjectKey('Re: AW: [ext] FWD: Re[4]:  The   Contract ')).toBe('the contract')
    expect(subjectKey('')).toBe('')
  })
})

describe('the choice', () => {
  const thread = (id: string, participants: string[], lastMessageAt = receivedAt): KnownThread => ({
    conversationId: id,
    participants,
    lastMessageAt,
  })
  const byToken: ThreadCandidate = { by: 'token', key: 'token:a', conversationId: 'a' }
  const byMessage: ThreadCandidate = { by: 'message', key: 'message:m', messageId: 'm' }
  const bySubject: ThreadCandidate = {
    ...{ by: 'subject', key: 'subject:s', subjectKey: 's', participant: 'olena@customer.example' },
    notBefore: receivedAt - subjectRuleMs,
  }
  const all = [byToken, byMessage, bySubject]
  const sender = 'Olena@customer.example'
  const olena = ['olena@customer.example']

  test('falls on the strongest reason', () => {
    const known = {
      'token:a': [thread('a', olena)],
      'message:m': [thread('b', olena)],
      'subject:s': [thread('c', olena)],
    }
    expect(chooseThread(all, { known, sender, dmarc: 'pass' })).toEqual({ conversation: 'a', by: 'token' })
    expect(chooseThread(all.slice(1), { known, sender, dmarc: 'none' })).toEqual({ conversation: 'b', by: 'message' })
    expect(chooseThread(all.slice(2), { known, sender, dmarc: 'none' })).toEqual({ conversation: 'c', by: 'subject' })
  })

  test('falls on a new conversation where nothing is known', () => {
    expect(chooseThread(all, { known: {}, sender, dmarc: 'pass' })).toEqual({ new: true })
    expect(chooseThread([], { known: {}, sender: null, dmarc: 'none' })).toEqual({ new: true })
  })

  test('keeps out whoever has no part in a conversation, token or not, and warns', () => {
    const known = { 'token:a': [thread('a', olena)], 'message:m': [thread('a', olena)] }
    const choice = { new: true, warning: 'sender_mismatch' }
    expect(chooseThread(all, { known, sender: 'thief@evil.example', dmarc: 'pass' })).toEqual(choice)
    expect(chooseThread([byMessage], { known, sender: 'thief@evil.example', dmarc: 'pass' })).toEqual(choice)
    expect(chooseThread([byMessage], { known, sender: null, dmarc: 'pass' })).toEqual(choice)
  })

  test('keeps out whoever only claims to have one', () => {
    const known = { 'token:a': [thread('a', olena)] }
    expect(chooseThread(all, { known, sender, dmarc: 'fail' })).toEqual({ new: true, warning: 'not_authenticated' })
  })

  test('finds the conversation that is the sender’s own behind one that is not', () => {
    const known = { 'token:a': [thread('a', ['boss@customer.example'])], 'message:m': [thread('b', olena)] }
    expect(chooseThread(all, { known, sender, dmarc: 'pass' })).toEqual({ conversation: 'b', by: 'message' })
  })

  test('finds the conversation that is the sender’s own behind a forged copy of its mail, and without a warning', () => {
    const known = { 'message:m': [thread('forged', ['thief@evil.example']), thread('b', olena)] }
    expect(chooseThread([byMessage], { known, sender, dmarc: 'none' })).toEqual({ conversation: 'b', by: 'message' })
  })

  test('passes over a subject that was last heard of too long ago, and suspects nobody for a subject', () => {
    const old = { 'subject:s': [thread('c', olena, receivedAt - subjectRuleMs - 1)] }
    expect(chooseThread([bySubject], { known: old, sender, dmarc: 'pass' })).toEqual({ new: true })
    const theirs = { 'subject:s': [thread('c', ['boss@customer.example'])] }
    expect(chooseThread([bySubject], { known: theirs, sender, dmarc: 'pass' })).toEqual({ new: true })
  })

  test('calls suspect whoever is no participant, and whoever failed to prove that he is one', () => {
    expect(isSpoofSuspect(olena, sender, 'none')).toBe(false)
    expect(isSpoofSuspect(olena, sender, 'pass')).toBe(false)
    expect(isSpoofSuspect(olena, sender, 'fail')).toBe(true)
    expect(isSpoofSuspect(olena, 'olena@customer.example.evil.example', 'pass')).toBe(true)
    expect(isSpoofSuspect([], sender, 'pass')).toBe(true)
  })
})
