import { describe, expect, it } from 'vitest'
import { completeStatus } from '../../../bench/load/poster.ts'

const crlf = (...lines: string[]): string => lines.join('\r\n')

describe('completeStatus', () => {
  it('waits for the whole body', () => {
    const answer = crlf('HTTP/1.1 200 OK', 'Content-Length: 4', '', 'body')
    expect(completeStatus(answer.slice(0, -1))).toBeNull()
    expect(completeStatus(answer)).toBe(200)
  })

  it('waits for the last chunk', () => {
    const answer = crlf('HTTP/1.1 503 No', 'Transfer-Encoding: chunked', '', '2', '{}', '')
    expect(completeStatus(answer)).toBeNull()
    expect(completeStatus(`${answer}0\r\n\r\n`)).toBe(503)
  })

  it('knows nothing before the head is complete', () => {
    expect(completeStatus('HTTP/1.1 200 OK\r\nContent-')).toBeNull()
  })
})
