import { describe, expect, it } from 'vitest'
import { messageOfOwnId, ownMessageId } from '../../../src/channels/email/own-message-id.ts'
import { messageIdHeader } from '../../../src/lib/mail-headers.ts'

const messageId = '6f2b8a52-6f6f-4a2e-8f59-3d4a7a0c1b2d'
const one = { messageId, attemptId: '01234567-0000-4000-8000-000000000000', from: 'sales@biuro.example' }

describe('the Message-ID of a reply', () => {
  it('says which message and which attempt it is of, and may stand in a header', () => {
    const id = ownMessageId(one)
    expect(id).toBe(`${messageId}.01234567@biuro.example`)
    expect(ownMessageId({ ...one, attemptId: '89abcdef-0000-4000-8000-000000000000' })).not.toBe(id)
    expect(messageIdHeader(id)).toBe(`<${id}>`)
    expect(messageOfOwnId(id)).toBe(messageId)
  })

  it.each([`${messageId}@biuro.example`, `x${messageId}.01234567@a.example`, `${messageId}.01234567`, 'a@b', ''])(
    '%o is none of ours',
    (id) => {
      expect(messageOfOwnId(id)).toBeNull()
    },
  )
})
