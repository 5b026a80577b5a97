import { type Body, maxContent } from '../meta/body.ts'
import { boundedCopy, errorsOf, pick, type PlatformError } from '../meta/details.ts'
import { locationBody } from '../meta/location.ts'
import { compact, isObject, type Json, textOf } from '../meta/wire.ts'
import { interactiveBody } from './interactive.ts'
import { mediaBody } from './media.ts'
import { contactsBody, orderBody } from './shared-things.ts'

const readers = new Map<string, (message: Json) => Body | undefined>([
  ['text', ({ text }) => textBody(isObject(text) ? text['body'] : undefined)],
  ['image', ({ image }) => mediaBody('image', image)],
  ['audio', ({ audio }) => mediaBody('audio', audio)],
  ['video', ({ video }) => mediaBody('video', video)],
  ['document', ({ document }) => mediaBody('document', document)],
  ['sticker', ({ sticker }) => mediaBody('sticker', sticker)],
  ['location', ({ location }) => locationBody(location)],
  ['contacts', ({ contacts }) => contactsBody(contacts)],
  ['order', ({ order }) => orderBody(order)],
  ['button', ({ button }) => buttonBody(button)],
  ['interactive', ({ interactive }) => interactiveBody(interactive)],
  ['template', ({ template }) => templateBody(template)],
  ['system', systemBody],
  ['request_welcome', () => ({ type: 'system', content: 'Opened the chat for the first time' })],
  ['media_placeholder', () => ({ type: 'unsupported', content: 'Media not available yet', isPlaceholder: true })],
])

/**
 * Reads a message by its type. A type nobody told us of becomes a visible placeholder (G7), and so does a known one
 * that came without readable content but with errors that say why, or as an interaction of a new kind. Undefined: a
 * message of a known type is broken.
 */
export function bodyOf(message: Json): Body | undefined {
  const type = textOf(message['type'], 64)
  if (type === undefined) return undefined
  const read = readers.get(type)
  const body = read?.(message)
  if (body !== undefined) return body
  const errors = errorsOf(message['errors'])
  return read === undefined || type === 'interactive' || errors.length > 0
    ? unsupportedBody(type, message, errors)
    : undefined
}

function textBody(value: unknown): Body | undefined {
  const content = textOf(value, maxContent)
  return content === undefined ? undefined : { type: 'text', content }
}

function buttonBody(value: unknown): Body | undefined {
  const button = pick(value, ['payload', 'text'])
  const content = textOf(button?.['text'], 1024) ?? textOf(button?.['payload'], 1024)
  return content === undefined ? undefined : { type: 'button', content, details: { button } }
}

function templateBody(value: unknown): Body | undefined {
  const name = textOf(isObject(value) ? value['name'] : undefined, 512)
  if (name === undefined) return undefined
  return { type: 'template', content: `Template: ${name}`, details: { template: boundedCopy(value) } }
}

const systemFields = ['type', 'wa_id', 'new_wa_id', 'user_id', 'parent_user_id', 'customer', 'identity'] as const

function systemBody(message: Json): Body | undefined {
  const system = pick(message['system'], systemFields)
  const text = isObject(message['system']) ? textOf(message['system']['body'], maxContent) : undefined
  if (system === undefined && text === undefined) return undefined
  const identity = pick(message['identity'], ['acknowledged', 'created_timestamp', 'hash'])
  const kind = textOf(system?.['type'], 64)?.replaceAll('_', ' ') ?? 'notice'
  return { type: 'system', content: text ?? `System: ${kind}`, details: compact({ system, identity }) }
}

/** Meta withholds the content from the API, most often of a message that came before the phone app was connected. */
const contentUnavailable = '131060'

function unsupportedBody(type: string, message: Json, errors: PlatformError[]): Body {
  const isNamed = type !== 'unsupported' && type !== 'unknown'
  const inner = isObject(message['unsupported']) ? textOf(message['unsupported']['type'], 64) : undefined
  const kind = isNamed ? type : inner
  const payload = isNamed ? boundedCopy(message[type]) : undefined
  const isWithheld = errors.some((error) => error.code === contentUnavailable)
  const text = isWithheld ? 'Message content is not available here' : 'Unsupported message'
  const content = kind === undefined ? text : `${text} (${kind.replaceAll('_', ' ')})`
  return { type: 'unsupported', content, details: { unsupported: compact({ type: kind, payload }) } }
}
