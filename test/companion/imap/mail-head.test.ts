import { describe, expect, test } from 'vitest'
import { bodyStart, headOf, identityOfHead, identityOfMail, laneOf } from '../../../companion/imap/mail-head.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const mail = (header: string, body = 'text') => bytes(`${header.replaceAll('\n', '\r\n')}\r\n\r\n${body}`)

describe('the head of a mail', () => {
  test('is read whatever its line ends, folding and case of names', () => {
    const folded = bytes('MESSAGE-id:\r\n <a@b.example>\r\nsubject: one\r\n two\r\n\r\nbody')
    expect(headOf(folded)).toMatchObject({ messageId: 'a@b.example', subject: 'one two' })
    expect(headOf(bytes('Message-ID: <a@b.example>\nSubject: x\n\nbody'))).toMatchObject({ messageId: 'a@b.example' })
    expect(headOf(bytes('')).messageId).toBeNull()
  })

  test('ends where the body begins: what stands there is no header', () => {
    const { messageId } = headOf(mail('Subject: x', 'Message-ID: <body@b.example>\r\n'))
    expect(messageId).toBeNull()
    expect(bodyStart(bytes('A: b\n\nc\r\n\r\nd'))).toBe(6)
    expect(bodyStart(bytes('A: b'))).toBe(4)
  })

  test('names the thread by its first mail, so that an answer waits for what it answers', () => {
    const first = mail('Message-ID: <1@x.example>')
    const answer = mail('Message-ID: <2@x.example>\nIn-Reply-To: <1@x.example>')
    const later = mail('Message-ID: <3@x.example>\nReferences: <1@x.example> <2@x.example>\nIn-Reply-To: <2@x.example>')
    expect(laneOf(answer)).toBe(laneOf(first))
    expect(laneOf(later)).toBe(laneOf(first))
    expect(laneOf(mail('Message-ID: <9@x.example>'))).not.toBe(laneOf(first))
    expect(laneOf(mail('Subject: no id'))).toMatch(/^mail:[0-9a-f]{32}$/)
  })
})

describe('the identity of a mail', () => {
  const header = 'From: a@x.example\nDate: Mon, 23 Nov 2026 08:00:00 +0000\nSubject: s\nMessage-ID: <1@x.example>'

  test('is told by the header alone where there is a Message-ID', () => {
    expect(identityOfHead(headOf(mail(header)))).toBe(identityOfMail(mail(header, 'whatever')))
  })

  test('differs where a sender repeats an id for another mail', () => {
    expect(identityOfMail(mail(header))).not.toBe(identityOfMail(mail(header.replace('Subject: s', 'Subject: t'))))
  })

  test('is that of its body where there is no Message-ID, and then a header does not do', () => {
    const bare = 'From: a@x.example\nSubject: alarm'
    expect(identityOfHead(headOf(mail(bare)))).toBeNull()
    expect(identityOfMail(mail(bare, 'one'))).toBe(identityOfMail(mail(bare, 'one')))
    expect(identityOfMail(mail(bare, 'one'))).not.toBe(identityOfMail(mail(bare, 'two')))
  })
})
