import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientFrame, newFrameState, opcodes, readFrames } from '../../../bench/load/frame-reader.ts'

function serverFrame(payload: Buffer, opcode: number = opcodes.text): Buffer {
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload])
  if (length < 65_536) return Buffer.concat([Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff]), payload])
  const head = Buffer.alloc(10)
  head.set([0x80 | opcode, 127])
  head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

function readAll(chunks: readonly Buffer[]): { opcode: number; payload: string }[] {
  const state = newFrameState()
  const frames: { opcode: number; payload: string }[] = []
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk)
    readFrames(state, reused, (opcode, buffer, start, end) => {
      frames.push({ opcode, payload: buffer.toString('latin1', start, end) })
    })
    reused.fill(0) // as the shared buffer of the generator is
  }
  return frames
}

describe('readFrames', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('reads a frame of %i bytes', (length) => {
    const payload = Buffer.alloc(length, 'x')
    expect(readAll([serverFrame(payload)])).toEqual([{ opcode: opcodes.text, payload: payload.toString() }])
  })

  it('reads the same frames however the bytes are cut', () => {
    const payloads = fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 1, maxLength: 4 })
    const cuts = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(payloads, cuts, (lengths, sizes) => {
        const bytes = Buffer.concat(lengths.map((length, at) => serverFrame(Buffer.alloc(length, 97 + at))))
        const chunks: Buffer[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          chunks.push(bytes.subarray(at, at + size))
          at += size
        }
        expect(readAll(chunks).map(({ payload }) => payload.length)).toEqual(lengths)
      }),
      { numRuns: 50 },
    )
  })

  it('tells control frames from text', () => {
    const frames = readAll([
      Buffer.concat([serverFrame(Buffer.from('p'), opcodes.ping), serverFrame(Buffer.from('t'))]),
    ])
    expect(frames.map(({ opcode }) => opcode)).toEqual([opcodes.ping, opcodes.text])
  })
})

describe('clientFrame', () => {
  it('is final, masked, and says how long it is', () => {
    expect([...clientFrame(opcodes.text, 'ab').subarray(0, 6)]).toEqual([0x81, 0x82, 0, 0, 0, 0])
    expect(clientFrame(opcodes.text, 'ab').subarray(6).toString()).toBe('ab')
  })

  it('refuses what needs a longer head', () => {
    expect(() => clientFrame(opcodes.text, 'x'.repeat(126))).toThrow(RangeError)
  })
})
