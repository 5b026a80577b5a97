import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSealer } from '../../companion/sealer.ts'

const sealer = createSealer(Buffer.alloc(32, 1), randomBytes)
const other = createSealer(Buffer.alloc(32, 2), randomBytes)

describe('a sealed value', () => {
  it('opens where it belongs, and looks different every time', () => {
    const sealed = sealer.seal('a session', 'account 1')
    expect(sealer.open(sealed, 'account 1').toString()).toBe('a session')
    expect(sealer.seal('a session', 'account 1')).not.toBe(sealed)
    expect(sealed).not.toContain('session')
    const bytes = randomBytes(300)
    expect(sealer.open(sealer.seal(bytes, 'x'), 'x').equals(bytes)).toBe(true)
  })

  it('does not open elsewhere, altered, cut or by another key, and says nothing of what is inside', () => {
    const sealed = sealer.seal('a session', 'account 1')
    expect(() => sealer.open(sealed, 'account 2')).toThrow('altered or belongs elsewhere')
    const [version, id, iv, body = ''] = sealed.split('.')
    const flipped = `${body.slice(0, 4)}${body[4] === 'A' ? 'B' : 'A'}${body.slice(5)}`
    expect(() => sealer.open([version, id, iv, flipped].join('.'), 'account 1')).toThrow('altered')
    expect(() => sealer.open([version, id, iv, body.slice(0, 8)].join('.'), 'account 1')).toThrow('unknown form')
    expect(() => sealer.open('nonsense', 'account 1')).toThrow('unknown form')
    expect(() => other.open(sealed, 'account 1')).toThrow('another COMPANION_KEY')
  })

  it('comes with values that only the key gives, the same ones for ever', () => {
    expect(sealer.derive('command|1')).toEqual(createSealer(Buffer.alloc(32, 1), randomBytes).derive('command|1'))
    expect(sealer.derive('command|1')).not.toEqual(sealer.derive('command|2'))
    expect(sealer.derive('command|1')).not.toEqual(other.derive('command|1'))
  })

  it('needs a key of 32 bytes', () => {
    expect(() => createSealer(Buffer.alloc(16), randomBytes)).toThrow('32 bytes')
  })
})
