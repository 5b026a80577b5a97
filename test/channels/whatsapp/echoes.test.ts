import { expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOf, itemsOfKind } from '../updates.ts'
import { delivery, metadata, parseFixture, textMessage } from './deliveries.ts'

test('reads what the business wrote on its phone as outbound, of the customer it went to', () => {
  const [text, document] = itemsOfKind(parseFixture('echoes'), 'message')
  expect(text).toMatchObject({
    externalId: 'wamid.E130',
    direction: 'outbound',
    content: 'Добрий день, від 450 грн',
    replyToExternalId: 'wamid.T1',
    contact: { name: 'Олена Коваль' },
    sender: { externalId: '380441112233', name: 'WhatsApp Business app' },
  })
  expect(text?.contact.aliases[0]).toEqual({ kind: 'phone', value: '380671234567' })
  expect(document).toMatchObject({ type: 'document', direction: 'outbound', content: 'кошторис.pdf' })
})

test('reads its reactions, edits and deletions', () => {
  expect(itemsOf(parseFixture('echoes')).slice(2)).toEqual([
    { kind: 'reaction', at: 1_790_000_132_000, targetExternalId: 'wamid.T1', by: 'business', emoji: '❤️' },
    { kind: 'edit', at: 1_790_000_133_000, targetExternalId: 'wamid.E130', content: 'від 500 грн' },
    { kind: 'deletion', at: 1_790_000_134_000, targetExternalId: 'wamid.E131' },
  ])
})

test('refuses an echo that says nobody it went to', () => {
  const value = {
    metadata,
    contacts: [{ wa_id: '380671234567' }],
    message_echoes: [textMessage('m', { to: undefined })],
  }
  expect(parse(delivery('smb_message_echoes', value))).toMatchObject([{ kind: 'refused', reason: 'message.invalid' }])
})
