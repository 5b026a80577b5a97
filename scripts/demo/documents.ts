import { createRandom } from './random.ts'

const sampleRate = 8000

/** A hummed tune of some seconds, in place of a voice: 16-bit PCM in a WAV. */
export function humVoice(seed: number): Uint8Array<ArrayBuffer> {
  const random = createRandom(seed)
  const notes = Array.from({ length: random.between(8, 14) }, () => 150 * 2 ** (random.pick([0, 2, 4, 5, 7, 9]) / 12))
  const noteLength = sampleRate / 4
  const samples = new Int16Array(notes.length * noteLength)
  let phase = 0
  for (const [at] of samples.entries()) {
    const within = (at % noteLength) / noteLength
    phase += (2 * Math.PI * (notes[Math.floor(at / noteLength)] ?? 150)) / sampleRate
    // Three overtones under an envelope that rises and falls with each note.
    const wave = Math.sin(phase) + 0.4 * Math.sin(2 * phase) + 0.2 * Math.sin(3 * phase)
    samples[at] = Math.round(5000 * wave * Math.sin(Math.PI * within) ** 0.5)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + samples.byteLength, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // one voice
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples.byteLength, 40)
  return new Uint8Array(Buffer.concat([header, Buffer.from(samples.buffer)]))
}

/** One page with a heading and lines of writing. The heading is ASCII: the fonts every reader has know no more. */
export function printPdf(heading: string, seed: number): Uint8Array<ArrayBuffer> {
  const random = createRandom(seed)
  const lines = Array.from({ length: 24 }, (_, line) => `72 ${640 - line * 22} ${random.between(260, 450)} 4 re f`)
  const title = heading.replaceAll(/[^ -~]|[()\\]/g, '')
  const page = [`BT /F1 20 Tf 72 720 Td (${title}) Tj ET`, '0.75 g', ...lines].join('\n')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const count = objects.length + 1
  const trailer = `trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`
  file += `xref\n0 ${count}\n0000000000 65535 f \n${offsets.join('')}${trailer}`
  return new TextEncoder().encode(file)
}
