import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { humVoice, printPdf } from '../../../scripts/demo/documents.ts'
import { drawAvatar, drawPicture } from '../../../scripts/demo/pictures.ts'
import { encodePng } from '../../../scripts/demo/png.ts'

const text = (bytes: Uint8Array, from: number, until: number) => Buffer.from(bytes).toString('latin1', from, until)

/** The colours of a PNG as its readers compute them. */
function decode(png: Uint8Array<ArrayBuffer>): { width: number; height: number; pixels: number[][] } {
  const view = new DataView(png.buffer)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  const length = view.getUint32(33)
  expect(text(png, 37, 41)).toBe('IDAT')
  const raw = inflateSync(png.subarray(41, 41 + length))
  const pixels: number[][] = []
  for (let y = 0; y < height; y += 1) {
    const start = y * (1 + width * 3)
    expect(raw[start]).toBe(1)
    let left = [0, 0, 0]
    for (let x = 0; x < width; x += 1) {
      left = left.map((value, part) => (value + (raw[start + 1 + x * 3 + part] ?? 0)) & 0xff)
      pixels.push(left)
    }
  }
  return { width, height, pixels }
}

describe('a drawn picture', () => {
  it('is a PNG with the colours that were asked for', () => {
    const png = encodePng({ width: 3, height: 2 }, (x, y) => [x * 100, y * 200, 300])
    expect(text(png, 0, 8)).toBe('\x89PNG\r\n\x1a\n')
    expect(text(png, png.length - 8, png.length - 4)).toBe('IEND')
    expect(decode(png)).toEqual({
      width: 3,
      height: 2,
      pixels: [
        [0, 0, 255],
        [100, 0, 255],
        [200, 0, 255],
        [0, 200, 255],
        [100, 200, 255],
        [200, 200, 255],
      ],
    })
  })

  it('has checksums that readers insist on', () => {
    // The end of every PNG, the CRC of an empty IEND included (PNG specification).
    const png = drawAvatar(1)
    expect([...png.slice(-12)]).toEqual([0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82])
  })

  it('is the same for the same seed, another for another, and small enough to send', () => {
    for (const name of ['certificate', 'sticker'] as const) {
      const [first, again, other] = [5, 5, 6].map((seed) => Buffer.from(drawPicture(name, seed)))
      expect(again?.equals(first ?? Buffer.alloc(0))).toBe(true)
      // A sticker is always the same one.
      expect(other?.equals(first ?? Buffer.alloc(0))).toBe(name === 'sticker')
      expect(first?.length).toBeLessThan(150_000)
    }
  })
})

describe('a made file', () => {
  it('is a WAV of some seconds', () => {
    const wav = humVoice(1)
    expect([text(wav, 0, 4), text(wav, 8, 16), text(wav, 36, 40)]).toEqual(['RIFF', 'WAVEfmt ', 'data'])
    expect(new DataView(wav.buffer).getUint32(40, true)).toBe(wav.length - 44)
    expect(wav.length / 16_000).toBeGreaterThan(1)
  })

  it('is a PDF whose table names the place of every object', () => {
    const pdf = Buffer.from(printPdf('rental (contract)', 1)).toString('latin1')
    expect(pdf.startsWith('%PDF-1.4\n')).toBe(true)
    const table = Number(/startxref\n(\d+)/.exec(pdf)?.[1])
    expect(pdf.slice(table, table + 4)).toBe('xref')
    const places = [...pdf.matchAll(/^(\d{10}) 00000 n $/gm)].map(([, place]) => Number(place))
    expect(places.map((place) => pdf.slice(place, place + 7))).toEqual([
      '1 0 obj',
      '2 0 obj',
      '3 0 obj',
      '4 0 obj',
      '5 0 obj',
    ])
    expect(pdf).toContain('(rental contract) Tj')
    const [, length = '', stream = ''] = /\/Length (\d+) >>\nstream\n([\s\S]*?)\nendstream/.exec(pdf) ?? []
    expect(stream.length).toBe(Number(length))
  })
})
