import { describe, expect, test } from 'vitest'
import type { Alias } from '../../../src/channels/channel.ts'
import { calls } from '../../../src/channels/instagram/calls.ts'
import { graphVersion } from '../../../src/channels/meta/graph.ts'
import type { PlatformIo } from '../../../src/channels/outbound.ts'
import { graphError, instagramLogin, json, now, platform, type Reaction, token } from '../platform-io.ts'

const accountId = '17841405822304914'
const appScopedId = '24855331234567890'
const channelOf = (externalId: string, alternateExternalId: string | null = null) => ({
  channel: { externalId, alternateExternalId, accountId: null },
})

describe('a profile', () => {
  test('is a name, a user name and a picture', async () => {
    const person: Alias[] = [{ kind: 'user', value: '5500000000000001' }]
    const pictureUrl = 'https://scontent.cdninstagram.com/v/a.jpg'
    const { io, seen } = platform(
      [json({ name: 'Олена', username: 'olena.k', profile_pic: pictureUrl })],
      instagramLogin,
    )
    const value = { name: 'Олена', username: 'olena.k', pictureUrl }
    expect(await calls.profile?.(person, io)).toEqual({ ok: true, value })
    expect(seen[0]?.url.pathname).toBe(`/${graphVersion}/5500000000000001`)
  })

  test('may lack each of them', async () => {
    const { io } = platform([json({ id: '1', name: null })], instagramLogin)
    const value = { name: null, username: null, pictureUrl: null }
    expect(await calls.profile?.([{ kind: 'user', value: '1' }], io)).toEqual({ ok: true, value })
  })
})

describe('refreshing the token', () => {
  test('gives the whole set of credentials and their end', async () => {
    const fresh = json({ access_token: 'IGAAfresh', token_type: 'bearer', expires_in: 5_184_000 })
    const { io, seen } = platform([fresh], instagramLogin)
    expect(await calls.refreshToken?.(io)).toEqual({
      ok: true,
      value: { credentials: { access_token: 'IGAAfresh', login: 'instagram' }, expiresAt: now + 5_184_000_000 },
    })
    const url = seen[0]?.url
    expect(url?.origin).toBe('https://graph.instagram.com')
    expect(url?.pathname).toBe('/refresh_access_token')
    expect(url?.searchParams.get('grant_type')).toBe('ig_refresh_token')
    expect(url?.searchParams.get('access_token')).toBe(token)
  })

  test('is not for the token of a page', async () => {
    const { io, seen } = platform([])
    expect(await calls.refreshToken?.(io)).toMatchObject({ ok: false, error: { code: 'token.not_refreshable' } })
    expect(seen).toHaveLength(0)
  })

  test.each<[string, Reaction, string]>([
    ['Graph refuses', graphError({ code: 190 }), '190'],
    ['the answer has no token', json({ token_type: 'bearer', expires_in: 1 }), 'token.unreadable'],
    ['the answer has no end', json({ access_token: 'IGAAfresh' }), 'token.unreadable'],
  ])('keeps the old one when %s', async (_, reaction, code) => {
    expect(await calls.refreshToken?.(platform([reaction], instagramLogin).io)).toMatchObject({
      ok: false,
      error: { code },
    })
  })
})

describe('a check of an account that signed in with Instagram', () => {
  const me = () => json({ id: appScopedId, user_id: accountId, username: 'bureau' })
  const apps = (...subscribed_fields: string[]) => json({ data: [{ subscribed_fields }] })
  const check = (reactions: Reaction[], channel: Pick<PlatformIo, 'channel'>) =>
    calls.check?.(platform(reactions, { ...instagramLogin, ...channel }).io)

  test.each([
    [accountId, appScopedId],
    [appScopedId, accountId],
  ])('finds the other id of %s', async (externalId, alternateExternalId) => {
    expect(await check([me(), apps('messages')], channelOf(externalId))).toEqual({
      ok: true,
      value: { tokenExpiresAt: null, alternateExternalId, problems: [] },
    })
  })

  test('tells when the token is for another account', async () => {
    expect(await check([me(), apps('messages')], channelOf('1'))).toMatchObject({
      value: { alternateExternalId: null, problems: [{ code: 'account.mismatch', state: 'down' }] },
    })
  })

  test('believes no id that is a number, as it has lost digits', async () => {
    const numeric = json({ id: 24855331234567890, user_id: accountId })
    expect(await check([numeric, apps('messages')], channelOf(accountId))).toMatchObject({
      value: { alternateExternalId: null, problems: [] },
    })
  })

  test('tells when no messages arrive', async () => {
    expect(await check([me(), apps('comments')], channelOf(accountId))).toMatchObject({
      value: { problems: [{ code: 'subscription.missing', state: 'down' }] },
    })
  })
})

describe('a check of an account that is linked to a page', () => {
  const info = () =>
    json({ data: { app_id: '9', is_valid: true, expires_at: 1_800_000_000, scopes: ['instagram_manage_messages'] } })
  const page = (id = accountId) => json({ id: '7', instagram_business_account: { id } })
  const apps = () => json({ data: [{ id: '9', subscribed_fields: ['feed'] }] })
  const check = (reactions: Reaction[], channel: Pick<PlatformIo, 'channel'>) =>
    calls.check?.(platform(reactions, channel).io)

  test('finds nothing wrong with a healthy one, whatever field its page is subscribed to', async () => {
    expect(await check([info(), page(), apps()], channelOf(accountId))).toEqual({
      ok: true,
      value: { tokenExpiresAt: 1_800_000_000_000, alternateExternalId: null, problems: [] },
    })
  })

  test('knows the account by either id', async () => {
    expect(await check([info(), page(), apps()], channelOf(appScopedId, accountId))).toMatchObject({
      value: { alternateExternalId: accountId, problems: [] },
    })
  })

  test('tells when the page has another account, or none', async () => {
    for (const found of [page('1'), json({ id: '7' })]) {
      expect(await check([info(), found, apps()], channelOf(accountId))).toMatchObject({
        value: { problems: [{ code: 'account.mismatch', state: 'down' }] },
      })
    }
  })
})
