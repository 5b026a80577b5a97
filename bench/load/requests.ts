import { createHmac } from 'node:crypto'
import { deliveryText, frameText } from '../sample.ts'
import type { Target } from './messages.ts'

/** The bytes of one request with `count` events from `firstId` on. */
export function requestOf(target: Target, firstId: number, count: number, at: number): Buffer {
  const body =
    target.form === 'event'
      ? frameText(firstId, at)
      : deliveryText(firstId, count, { at, isShort: target.isShort === true })
  const bytes = Buffer.from(body)
  const signature =
    target.form === 'webhook'
      ? [`x-hub-signature-256: sha256=${createHmac('sha256', target.secret).update(bytes).digest('hex')}`]
      : []
  const head = [
    `POST ${target.path} HTTP/1.1`,
    `Host: 127.0.0.1:${target.port}`,
    'Content-Type: application/json',
    `Content-Length: ${bytes.length}`,
    ...signature,
    '\r\n',
  ]
  return Buffer.concat([Buffer.from(head.join('\r\n')), bytes])
}
