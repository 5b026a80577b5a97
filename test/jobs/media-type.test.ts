import { describe, expect, it } from 'vitest'
import { attachmentHeaders } from '../../src/http/attachment-headers.ts'
import { rasterType, typeOfFile } from '../../src/jobs/media-type.ts'

const bytes = (text: string) => Uint8Array.from(text.padEnd(64, '\0'), (char) => char.charCodeAt(0))
const unknown = bytes('nothing that anybody knows')

const heads: [what: string, head: string, type: string][] = [
  ['PNG', '\x89PNG\r\n\x1a\n', 'image/png'],
  ['JPEG', '\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg'],
  ['GIF', 'GIF89a', 'image/gif'],
  ['WebP', 'RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
  ['MP4', '\0\0\0\x18ftypmp42', 'video/mp4'],
  ['MP4 by another brand', '\0\0\0\x18ftypisom', 'video/mp4'],
  ['3GPP', '\0\0\0\x18ftyp3gp4', 'video/3gpp'],
  ['QuickTime', '\0\0\0\x14ftypqt  ', 'video/quicktime'],
  ['HEIC', '\0\0\0\x18ftypheic', 'image/heic'],
  ['WebM', '\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm', 'video/webm'],
  ['Ogg', 'OggS\0\x02', 'audio/ogg'],
  ['MP3 with a tag', 'ID3\x04', 'audio/mpeg'],
  ['WAV', 'RIFF\x10\0\0\0WAVEfmt ', 'audio/wav'],
  ['AMR', '#!AMR\n', 'audio/amr'],
  ['PDF', '%PDF-1.7', 'application/pdf'],
]

describe('the type of a file', () => {
  it.each(heads)('%s is told from its first bytes, whatever it was said to be', (_, head, type) => {
    expect(typeOfFile(bytes(head), { kind: 'document', mimeType: 'text/plain' })).toBe(type)
    expect(typeOfFile(bytes(head), { kind: 'document', mimeType: null })).toBe(type)
  })

  it.each([
    ['sound in an MP4 container', '\0\0\0\x18ftypM4A ', 'document', 'audio/mp4'],
    ['a voice message in an ordinary MP4 container', '\0\0\0\x18ftypisom', 'audio', 'audio/mp4'],
    ['a voice message in WebM', '\x1a\x45\xdf\xa3\x42\x82\x84webm', 'audio', 'audio/webm'],
    ['bare frames of MP3', '\xff\xfb\x90\x44', 'audio', 'audio/mpeg'],
    ['bare frames of AAC', '\xff\xf1\x50\x80', 'audio', 'audio/aac'],
  ] as const)('%s is sound', (_, head, kind, type) => {
    expect(typeOfFile(bytes(head), { kind, mimeType: null })).toBe(type)
  })

  it('of a download is the one that the platform gave', () => {
    const sheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    expect(typeOfFile(bytes('PK\x03\x04'), { kind: 'document', mimeType: sheet })).toBe(sheet)
    expect(typeOfFile(bytes('PK\x03\x04'), { kind: 'document', mimeType: `${sheet}; charset=binary` })).toBe(sheet)
  })

  it.each([null, '', 'text', 'a/b\r\nX: y', `${'x'.repeat(200)}/y`])(
    'is unknown where it was said to be %j',
    (mimeType) => {
      expect(typeOfFile(unknown, { kind: 'document', mimeType })).toBe('application/octet-stream')
    },
  )

  it('that a browser would show is never taken on trust', () => {
    const named = ['png', 'jpeg', 'gif', 'webp', 'svg+xml', 'bmp', 'avif', 'heic', 'tiff'].map(
      (name) => `image/${name}`,
    )
    const heard = ['mpeg', 'mp3', 'mp4', 'aac', 'amr', 'ogg', 'opus', 'wav', 'webm', 'flac'].map(
      (name) => `audio/${name}`,
    )
    const seen = ['mp4', '3gpp', 'webm', 'ogg', 'quicktime', 'mpeg'].map((name) => `video/${name}`)
    const others = ['application/pdf', 'text/html', 'application/xhtml+xml', 'text/plain']
    const isShown = (mimeType: string) =>
      attachmentHeaders({ mimeType, filename: null })['Content-Disposition']?.startsWith('inline') === true
    const all = [...named, ...heard, ...seen, ...others]
    expect(all.filter(isShown).length).toBeGreaterThan(10)
    const believed = all.filter((mimeType) => isShown(typeOfFile(unknown, { kind: 'image', mimeType })))
    expect(believed).toEqual([])
  })

  it('is read from files that are shorter than any mark', () => {
    expect(typeOfFile(new Uint8Array(0), { kind: 'image', mimeType: 'image/png' })).toBe('application/octet-stream')
    expect(typeOfFile(Uint8Array.of(0xff), { kind: 'audio', mimeType: null })).toBe('application/octet-stream')
  })
})

describe('a picture of a person', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['\xff\xd8\xff', 'image/jpeg'],
    ['<svg xmlns="http://www.w3.org/2000/svg"', null],
    ['\0\0\0\x18ftypmp42', null],
    ['%PDF-1.7', null],
    ['<!doctype html>', null],
  ])('%j is %j', (head, type) => {
    expect(rasterType(bytes(head))).toBe(type)
  })
})
