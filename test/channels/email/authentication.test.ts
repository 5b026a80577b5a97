import { describe, expect, test } from 'vitest'
import { authenticationOf } from '../../../src/channels/email/authentication.ts'
import { mailText, parsed } from './builders.ts'

const ours = 'mx.cloudflare.net'
const read = async (...values: string[]) => {
  const { headers } = await parsed(
    `${values.map((value) => `Authentication-Results: ${value}\n`).join('')}${mailText('x')}`,
  )
  return authenticationOf(headers, ours)
}
const nothing = { spf: 'none', dkim: 'none', dmarc: 'none', fromDomain: null }

describe('what our receiver found', () => {
  test('is read, comments and folds and all', async () => {
    expect(
      await read(
        `${ours};\n dkim=pass (2048-bit key; unprotected) header.d=customer.example header.s=s1 header.b=abc;\n` +
          ' dmarc=pass (p=reject; dis=none) header.from=Customer.example policy.dmarc=reject;\n' +
          ' spf=softfail (mx: domain of x does not designate 192.0.2.1) smtp.mailfrom=x@customer.example; arc=none',
      ),
    ).toEqual({ spf: 'softfail', dkim: 'pass', dmarc: 'pass', fromDomain: 'customer.example' })
  })

  test.each([
    ['dmarc=fail header.from=a.example', { dmarc: 'fail', fromDomain: 'a.example' }],
    ['spf=hardfail', { spf: 'fail' }],
    ['spf=pass; spf=fail', { spf: 'pass' }],
    ['dkim=fail header.d=a; dkim=pass header.d=b', { dkim: 'pass' }],
    ['dkim=temperror', { dkim: 'temperror' }],
    ['DKIM=PASS', { dkim: 'pass' }],
    ['dkim/1=pass', { dkim: 'pass' }],
    ['dkim=great', {}],
    ['x-dmarc=pass', {}],
    ['none', {}],
    ['reason="dmarc=pass"; spf=none', {}],
  ])('%s', async (results, expected) => {
    expect(await read(`${ours} 1; ${results}`)).toEqual({ ...nothing, ...expected })
  })

  test('is nobody else’s word', async () => {
    expect(await read('mx.evil.example; dmarc=pass')).toEqual(nothing)
    expect(await read(`${ours}.evil.example; dmarc=pass`)).toEqual(nothing)
    expect(await read(`(${ours}) evil.example; dmarc=pass`)).toEqual(nothing)
    expect(await read('dmarc=pass')).toEqual(nothing)
    expect(await read()).toEqual(nothing)
  })

  test('is not what a sender wrote under our receiver’s name further down', async () => {
    const forged = `${ours}; dmarc=pass; spf=pass`
    expect(await read(`${ours}; dmarc=fail`, forged)).toMatchObject({ dmarc: 'fail', spf: 'none' })
    expect(await read('mx.evil.example; dmarc=pass', `${ours}; dmarc=fail`, forged)).toMatchObject({ dmarc: 'fail' })
  })
})
