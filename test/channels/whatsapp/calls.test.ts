import { describe, expect, test } from 'vitest'
import type { Alias } from '../../../src/channels/channel.ts'
import { graphVersion } from '../../../src/channels/meta/graph.ts'
import { calls } from '../../../src/channels/whatsapp/calls.ts'
import type { MediaHandle } from '../../../src/channels/outbound.ts'
import { graphError, json, platform, type Reaction, token } from '../platform-io.ts'

const phone: Alias[] = [{ kind: 'phone', value: '380671234567' }]
const group: Alias[] = [{ kind: 'group', value: 'Y2FwaV9ncm91cDox' }]
const success = () => json({ success: true })
const done = { ok: true, value: null }

describe('a reaction', () => {
  test.each([['👍'], [null]])('of %s is set on the message', async (emoji) => {
    const { io, seen } = platform([json({ messages: [{ id: 'wamid.reaction' }] })])
    expect(await calls.react?.(phone, { externalId: 'wamid.1', emoji }, io)).toEqual(done)
    expect(seen[0]?.json).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+380671234567',
      type: 'reaction',
      reaction: { message_id: 'wamid.1', emoji: emoji ?? '' },
    })
  })

  test('that is refused says why', async () => {
    const { io } = platform([graphError({ code: 131_009, message: 'Parameter value is not valid' })])
    expect(await calls.react?.(phone, { externalId: 'wamid.1', emoji: '👍' }, io)).toMatchObject({
      ok: false,
      error: { code: '131009', title: 'Parameter value is not valid' },
    })
  })
})

describe('a read mark', () => {
  const read = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.1' }

  test('is set on a message, with a sign of typing where asked for', async () => {
    const { io, seen } = platform([success(), success(), success()])
    expect(await calls.markRead?.(phone, { externalId: 'wamid.1', typing: false }, io)).toEqual(done)
    expect(await calls.markRead?.(phone, { externalId: 'wamid.1', typing: true }, io)).toEqual(done)
    expect(await calls.typing?.(phone, 'wamid.1', io)).toEqual(done)
    const typing = { ...read, typing_indicator: { type: 'text' } }
    expect(seen.map((request) => request.json)).toEqual([read, typing, typing])
  })

  test('does not exist in groups', async () => {
    const { io, seen } = platform([])
    expect(await calls.markRead?.(group, { externalId: 'wamid.1', typing: true }, io)).toEqual(done)
    expect(seen).toHaveLength(0)
  })
})

describe('a file that a customer sent', () => {
  const media = (url: string) =>
    json({ messaging_product: 'whatsapp', url, mime_type: 'image/jpeg', sha256: 'ab12', file_size: 5, id: '77' })
  const locate = (file: MediaHandle, reactions: Reaction[], more = {}) => {
    const { io, seen } = platform(reactions, more)
    return { answer: calls.locateMedia?.(file, io), seen }
  }

  test('is located by its id, and fetched with the token', async () => {
    const url = 'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=77&ext=1'
    const { answer, seen } = locate({ mediaId: '77', url: null }, [media(url)])
    expect(await answer).toEqual({
      ok: true,
      value: { url, headers: { authorization: `Bearer ${token}` }, mimeType: 'image/jpeg', sha256: 'ab12' },
    })
    // With the id of the number, files from customers are not found.
    expect(seen[0]?.url.href).toBe(`https://graph.facebook.com/${graphVersion}/77`)
  })

  test.each([
    'https://lookaside.fbsbx.com.evil.example/a',
    'https://evil.example/lookaside.fbsbx.com',
    'http://lookaside.fbsbx.com/a',
    'https://lookaside.fbsbx.com:8443/a',
    'https://user:pass@lookaside.fbsbx.com/a',
    'https://cdn.fbsbx.com/a',
    'https://169.254.169.254/latest',
    'not an address',
  ])('gets no token for %s', async (url) => {
    for (const file of [
      { mediaId: '77', url: null },
      { mediaId: null, url },
    ]) {
      const { answer } = locate(file, [media(url)])
      expect(await answer).toMatchObject({ ok: false, error: { code: 'media.foreign_host', kind: 'content' } })
    }
  })

  test('may lie on the host that stands in for Graph', async () => {
    const apiUrl = 'http://127.0.0.1:9000'
    const { answer } = locate({ mediaId: '77', url: null }, [media(`${apiUrl}/whatsapp_business/a`)], { apiUrl })
    expect(await answer).toMatchObject({ ok: true, value: { headers: { authorization: `Bearer ${token}` } } })
  })

  test('is gone when neither id nor address is known', async () => {
    const { answer } = locate({ mediaId: null, url: null }, [])
    expect(await answer).toMatchObject({ ok: false, error: { code: 'media.gone' } })
  })

  test('whose address has died is asked for again by its id, and is gone without one', async () => {
    const url = 'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=77&ext=2'
    const expired = { messageExternalId: 'wamid.1', position: 0 }
    const again = locate({ mediaId: '77', url: null, expired }, [media(url)])
    expect(await again.answer).toMatchObject({ ok: true, value: { url } })
    const { answer } = locate({ mediaId: null, url, expired }, [])
    expect(await answer).toMatchObject({ ok: false, error: { code: 'media.gone' } })
  })
})

describe('templates', () => {
  const template = (name: string, more = {}) => ({
    name,
    language: 'uk',
    category: 'UTILITY',
    status: 'APPROVED',
    id: '1',
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'Замовлення {{1}}' },
      { type: 'BODY', text: 'Вітаємо, {{1}}!', example: { body_text: [['Олена']] } },
      { type: 'FOOTER', text: 'Бюро перекладів' },
      { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Дякую' }] },
    ],
    ...more,
  })

  test('are those that may be sent, over all pages, and the token follows no address from an answer', async () => {
    const next = 'https://evil.example/?access_token=x'
    const { io, seen } = platform([
      json({ data: [template('a'), template('b', { status: 'PAUSED' })], paging: { cursors: { after: 'C1' }, next } }),
      json({
        data: [template('c', { components: [{ type: 'BODY', text: 'x' }] })],
        paging: { cursors: { after: 'C2' } },
      }),
    ])
    expect(await calls.templates?.(io)).toEqual({
      ok: true,
      value: [
        {
          name: 'a',
          language: 'uk',
          category: 'UTILITY',
          header: 'Замовлення {{1}}',
          body: 'Вітаємо, {{1}}!',
          footer: 'Бюро перекладів',
          buttons: ['Дякую'],
        },
        { name: 'c', language: 'uk', category: 'UTILITY', header: null, body: 'x', footer: null, buttons: [] },
      ],
    })
    expect(seen.map(({ url }) => [url.origin, url.searchParams.get('status'), url.searchParams.get('after')])).toEqual([
      ['https://graph.facebook.com', 'APPROVED', null],
      ['https://graph.facebook.com', 'APPROVED', 'C1'],
    ])
    expect(seen[0]?.url.pathname).toBe(`/${graphVersion}/102290129340398/message_templates`)
  })

  test('need the account, which may not be known yet', async () => {
    const channel = { externalId: '1', alternateExternalId: null, accountId: null }
    expect(await calls.templates?.(platform([], { channel }).io)).toMatchObject({ error: { code: 'account.unknown' } })
  })

  test('are none when a page is refused', async () => {
    const { io } = platform([graphError({ code: 4 })])
    expect(await calls.templates?.(io)).toMatchObject({ ok: false, error: { code: '4' } })
  })
})

describe('a check of the channel', () => {
  const ownApp = '634974688087057'
  const tokenInfo = (more = {}) =>
    json({
      data: { app_id: ownApp, is_valid: true, expires_at: 0, scopes: ['whatsapp_business_messaging'], ...more },
    })
  const number = (more = {}) => json({ id: '1', status: 'CONNECTED', quality_rating: 'GREEN', ...more })
  const apps = (...ids: string[]) =>
    json({ data: ids.map((id) => ({ whatsapp_business_api_data: { id, name: 'a' } })) })
  const problemsOf = async (...reactions: Reaction[]) => {
    const answer = await calls.check?.(platform(reactions).io)
    if (answer?.ok !== true) throw new Error(JSON.stringify(answer))
    return answer.value.problems.map(({ code, state }) => `${code} ${state}`)
  }

  test('finds nothing wrong with a healthy one', async () => {
    const { io, seen } = platform([tokenInfo(), number(), apps('1', ownApp)])
    expect(await calls.check?.(io)).toEqual({
      ok: true,
      value: { tokenExpiresAt: null, alternateExternalId: null, problems: [] },
    })
    expect(seen[0]?.url.searchParams.get('input_token')).toBe(token)
    const others = seen.slice(1).map(({ url }) => url.href)
    expect(others.join()).not.toContain(token)
  })

  test('tells when the token ends', async () => {
    const { io } = platform([tokenInfo({ expires_at: 1_800_000_000 }), number(), apps(ownApp)])
    expect(await calls.check?.(io)).toMatchObject({ value: { tokenExpiresAt: 1_800_000_000_000 } })
  })

  test.each<[string, Reaction[], string[]]>([
    [
      'a token that no longer counts',
      [tokenInfo({ is_valid: false, error: { code: 190, message: 'Session has expired' } }), number(), apps(ownApp)],
      ['token.invalid down'],
    ],
    [
      'a missing permission',
      [tokenInfo({ scopes: ['public_profile'] }), number(), apps(ownApp)],
      ['permission.missing warning'],
    ],
    [
      'a number that is not connected',
      [tokenInfo(), number({ status: 'DISCONNECTED' }), apps(ownApp)],
      ['number.status down'],
    ],
    [
      'a number that was flagged',
      [tokenInfo(), number({ status: 'FLAGGED' }), apps(ownApp)],
      ['number.status warning'],
    ],
    ['a low quality', [tokenInfo(), number({ quality_rating: 'RED' }), apps(ownApp)], ['number.quality warning']],
    ['a number of somebody else', [tokenInfo(), graphError({ code: 100 }), apps(ownApp)], ['account.mismatch down']],
    ['webhooks that go elsewhere', [tokenInfo(), number(), apps('1')], ['subscription.missing down']],
    ['webhooks that go nowhere', [tokenInfo(), number(), apps()], ['subscription.missing down']],
    ['nothing, where Graph does not tell', [graphError({ code: 100 }), number(), graphError({ code: 200 })], []],
  ])('finds %s', async (_, reactions, problems) => {
    expect(await problemsOf(...reactions)).toEqual(problems)
  })

  test('says what stands in the way of sending', async () => {
    const health_status = {
      can_send_message: 'BLOCKED',
      entities: [
        {
          entity_type: 'PHONE_NUMBER',
          id: '1',
          can_send_message: 'AVAILABLE',
          errors: [{ error_description: 'noise' }],
        },
        {
          entity_type: 'WABA',
          id: '2',
          can_send_message: 'BLOCKED',
          errors: [{ error_code: 141_006, error_description: 'There is an error with the payment method' }],
        },
      ],
    }
    const { io } = platform([tokenInfo(), number({ health_status }), apps(ownApp)])
    const message = 'Sending is blocked: There is an error with the payment method'
    expect(await calls.check?.(io)).toMatchObject({
      value: { problems: [{ code: 'number.sending', message, state: 'down' }] },
    })
  })

  test.each<[string, Reaction[]]>([
    ['a refused token', [graphError({ code: 190 }, 401)]],
    ['a limit', [tokenInfo(), graphError({ code: 4 })]],
    ['no answer', [tokenInfo(), number(), new TypeError('fetch failed')]],
  ])('ends with %s', async (_, reactions) => {
    expect(await calls.check?.(platform(reactions).io)).toMatchObject({ ok: false })
  })
})
