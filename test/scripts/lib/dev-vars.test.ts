import { describe, expect, it } from 'vitest'
import { allowedOrigins, type DevVars, readDevVars, optionalVars, requireVar } from '../../../scripts/lib/dev-vars.ts'
import { portFromEnv } from '../../../scripts/lib/worker.ts'

const example: DevVars = {
  file: '.dev.vars.example',
  isExample: true,
  values: { ALLOWED_ORIGINS: 'http://localhost:8787' },
}

describe('allowedOrigins', () => {
  it('follows the port where the developer wrote no values of their own', () => {
    expect(allowedOrigins(example, 9001)).toBe('http://localhost:9001,http://127.0.0.1:9001')
  })

  it('leaves what the developer wrote alone', () => {
    const own = { ...example, isExample: false, values: { ALLOWED_ORIGINS: 'https://inbox.example' } }
    expect(allowedOrigins(own, 9001)).toBe('https://inbox.example')
  })

  it('follows the port when the developer wrote other values only', () => {
    expect(allowedOrigins({ ...example, isExample: false, values: {} }, 9001)).toContain('http://localhost:9001')
  })
})

describe('the example of development values', () => {
  it('has everything a local Worker needs', () => {
    const vars = readDevVars()
    const names = ['META_APP_SECRET', 'META_VERIFY_TOKEN', 'AUTH_SECRET', 'ADMIN_TOKEN', 'ENCRYPTION_KEY']
    for (const name of names) expect(requireVar(vars, name)).not.toBe('')
    expect(Buffer.from(requireVar(vars, 'ENCRYPTION_KEY'), 'base64')).toHaveLength(32)
  })

  it('has keys for push services, which nobody has to have', () => {
    const names = optionalVars(readDevVars()).map(([name]) => name)
    expect(names.toSorted()).toEqual(['VAPID_PRIVATE_KEY', 'VAPID_PUBLIC_KEY', 'VAPID_SUBJECT'])
    expect(optionalVars({ ...example, values: { ADMIN_TOKEN: 'a' } })).toEqual([])
  })

  it('is named when a value is missing', () => {
    expect(() => requireVar(example, 'ADMIN_TOKEN')).toThrow('.dev.vars.example has no ADMIN_TOKEN')
  })
})

describe('portFromEnv', () => {
  it('is 8787 unless told', () => {
    expect([portFromEnv({}), portFromEnv({ PORT: '' }), portFromEnv({ PORT: '9001' })]).toEqual([8787, 8787, 9001])
  })

  it.each(['0', '70000', 'http', '12.5', '-1'])('refuses %s', (PORT) => {
    expect(() => portFromEnv({ PORT })).toThrow('is not a port number')
  })
})
