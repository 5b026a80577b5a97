import { expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOfKind, wordsOf } from '../updates.ts'
import { delivery, metadata, parseFixture } from './deliveries.ts'

test('links the previous business-scoped ids with the current ones', () => {
  expect(itemsOfKind(parseFixture('user-id-update'), 'contact')).toEqual([
    {
      kind: 'contact',
      at: 1_790_000_160_000,
      contact: {
        aliases: [
          { kind: 'phone', value: '380509998877' },
          { kind: 'user', value: 'UA.8800' },
          { kind: 'user', value: 'UA.7301112223334445' },
          { kind: 'parent_user', value: 'UA.ENT.2' },
          { kind: 'parent_user', value: 'UA.ENT.1' },
        ],
        name: 'Олена Коваль',
      },
    },
  ])
})

test('refuses an update that names no new id', () => {
  const updates = [{ wa_id: '380509998877' }, { user_id: { previous: 1, current: 2 } }, 'x']
  expect(wordsOf(parse(delivery('user_id_update', { metadata, user_id_update: updates })))).toEqual([
    'refused: contact.invalid',
    'refused: id_type',
    'refused: contact.invalid',
  ])
})

test('takes names from the address book of the phone, and ignores what is removed there', () => {
  const updates = parseFixture('state-sync')
  expect(itemsOfKind(updates, 'contact')).toEqual([
    {
      kind: 'contact',
      at: 1_790_000_150_000,
      contact: { aliases: [{ kind: 'phone', value: '380671234567' }], name: 'Олена (диплом)' },
    },
    {
      kind: 'contact',
      at: 1_790_000_151_000,
      contact: { aliases: [{ kind: 'phone', value: '380671234567' }], name: 'Оля' },
    },
  ])
  expect(wordsOf(updates).at(-1)).toBe('ignored: contact.removed')
})

test('names a group by its subject, and ignores what else happens to it', () => {
  const updates = parseFixture('group-events')
  expect(itemsOfKind(updates, 'contact').map(({ contact }) => contact)).toEqual([
    { aliases: [{ kind: 'group', value: 'GROUP.1' }], name: 'Замовлення 77' },
    { aliases: [{ kind: 'group', value: 'GROUP.1' }], name: 'Замовлення 78' },
  ])
  expect(wordsOf(updates).at(-1)).toBe('ignored: group.event')
})
