import { crc32, deflateSync } from 'node:zlib'

/** Red, green and blue from 0 to 255. */
export type Color = readonly [number, number, number]
export type Size = { width: number; height: number }

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const head = Buffer.alloc(4)
  head.writeUInt32BE(data.length)
  const tail = Buffer.alloc(4)
  tail.writeUInt32BE(crc32(body))
  return Buffer.concat([head, body, tail])
}

const byte = (value: number) => Math.max(0, Math.min(255, Math.round(value)))

/** One line of pixels as differences from their left neighbours (filter 1), which areas of one colour make small. */
function filteredRow(width: number, colorAt: (x: number) => Color): Buffer {
  const row = Buffer.alloc(1 + width * 3)
  row[0] = 1
  let left: Color = [0, 0, 0]
  for (let x = 0; x < width; x += 1) {
    const [red, green, blue] = colorAt(x)
    const pixel: Color = [byte(red), byte(green), byte(blue)]
    for (const part of [0, 1, 2] as const) row[1 + x * 3 + part] = (pixel[part] - left[part]) & 0xff
    left = pixel
  }
  return row
}

/** A PNG (8-bit RGB) of what `colorAt` says of every pixel. */
export function encodePng({ width, height }: Size, colorAt: (x: number, y: number) => Color): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8) // eight bits a colour, RGB, and the only compression, filtering and order in plain use
  const rows = Array.from({ length: height }, (_, y) => filteredRow(width, (x) => colorAt(x, y)))
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]
  return new Uint8Array(Buffer.concat([signature, ...parts]))
}
