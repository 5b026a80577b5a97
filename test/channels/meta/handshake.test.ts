import { expect, test } from 'vitest'
import { answerHandshake } from '../../../src/channels/meta/handshake.ts'

const token = 'verify-me'
const good = { 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '1158201444' }

function query(change: Record<string, string | null>): URLSearchParams {
  const entries = Object.entries({ ...good, ...change })
  return new URLSearchParams(entries.filter((entry): entry is [string, string] => entry[1] !== null))
}

test('gives the challenge back to who knows the token', async () => {
  expect(await answerHandshake(query({}), token)).toBe('1158201444')
})

test.each([
  ['a wrong token', { 'hub.verify_token': 'verify-mE' }],
  ['a longer token', { 'hub.verify_token': `${token}x` }],
  ['an empty token', { 'hub.verify_token': '' }],
  ['no token', { 'hub.verify_token': null }],
  ['no mode', { 'hub.mode': null }],
  ['another mode', { 'hub.mode': 'unsubscribe' }],
  ['no challenge', { 'hub.challenge': null }],
  ['an empty challenge', { 'hub.challenge': '' }],
  ['markup as challenge', { 'hub.challenge': '<script>alert(1)</script>' }],
  ['a challenge of two lines', { 'hub.challenge': '12\n34' }],
  ['an entity as challenge', { 'hub.challenge': '&#60;b&#62;' }],
  ['a challenge of 129 characters', { 'hub.challenge': '1'.repeat(129) }],
])('refuses %s', async (_, change) => {
  expect(await answerHandshake(query(change), token)).toBeNull()
})

test.each(Object.keys(good))('refuses %s given twice', async (name) => {
  const twice = query({})
  twice.append(name, twice.get(name) ?? '')
  expect(await answerHandshake(twice, token)).toBeNull()
})

test('refuses parameters in list form', async () => {
  const query = new URLSearchParams({ 'hub.mode[]': 'subscribe', 'hub.verify_token[]': token, 'hub.challenge[]': '1' })
  expect(await answerHandshake(query, token)).toBeNull()
})

test('answers nobody while no token is configured', async () => {
  await expect(answerHandshake(query({ 'hub.verify_token': '' }), '')).rejects.toThrow('no verify token')
})
