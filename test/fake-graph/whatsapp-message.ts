import { invalid, refusal } from './errors.ts'
import { isObject, listOf, objectOf, textOf } from './json.ts'
import type { GraphState } from './state.ts'
import type { Answer, GraphCall, Json, StoredFile, WhatsAppAccount } from './types.ts'

/** What a body for POST /{phone}/messages asks to be sent. */
export type Content = { type: string; text: string | null; files: StoredFile[] }
type Reading = { account: WhatsAppAccount; call: GraphCall; state: GraphState }
type Read = { content: Content } | { refused: Answer }

const from = (call: GraphCall) => ({ platform: 'whatsapp', call }) as const
const refuse = (message: string, { call }: Reading): Read => ({ refused: invalid(message, from(call)) })
const lacks = (details: string, { call }: Reading): Read => ({
  refused: refusal({ code: 131_008, details }, from(call)),
})
const wrong = (details: string, { call }: Reading): Read => ({
  refused: refusal({ code: 131_009, details }, from(call)),
})

const fileTypes = new Set(['image', 'audio', 'video', 'document', 'sticker'])
const shownTypes =
  "{'TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'AUDIO', 'STICKER', 'TEMPLATE', 'INTERACTIVE', 'LOCATION', 'CONTACTS', 'REACTION'}"

/** Cloud API, "Messages": what is required of each type, and how long it may be. */
export function readContent(reading: Reading): Read {
  const { body } = reading.call
  const type = typeof body['type'] === 'string' ? body['type'] : 'text'
  const part = body[type]
  if (!isObject(part)) {
    const isKnown = type === 'text' || fileTypes.has(type) || ['template', 'interactive', 'location'].includes(type)
    return isKnown
      ? lacks(`Param ${type} is required.`, reading)
      : refuse(`Param type must be one of ${shownTypes}`, reading)
  }
  if (type === 'text') return readText(part, reading)
  if (fileTypes.has(type)) return readFile(type, part, reading)
  if (type === 'interactive') return readInteractive(part, reading)
  if (type === 'template') return readTemplate(part, reading)
  if (type === 'location' || type === 'contacts') return { content: { type, text: null, files: [] } }
  return refuse(`Param type must be one of ${shownTypes}`, reading)
}

function readText(part: Json, reading: Reading): Read {
  const text = textOf(part['body'])
  if (text === null) return lacks("Param text['body'] is required.", reading)
  if (text.length > 4096) return refuse("Param text['body'] must be at most 4096 characters long.", reading)
  return { content: { type: 'text', text, files: [] } }
}

function readFile(type: string, part: Json, reading: Reading): Read {
  const { state, account } = reading
  const caption = textOf(part['caption'])
  if (caption !== null && (type === 'audio' || type === 'sticker')) {
    return refuse(`Unexpected key "caption" on param "${type}".`, reading)
  }
  if (caption !== null && caption.length > 1024) {
    return refuse(`Param ${type}['caption'] must be at most 1024 characters long.`, reading)
  }
  const id = textOf(part['id'])
  const link = textOf(part['link'])
  if ((id === null) === (link === null)) return refuse(`Param ${type} needs exactly one of "id" and "link".`, reading)
  const file = id === null ? null : state.media.get(id)
  if (id !== null && (file === undefined || file?.isGone === true || file?.accountId !== account.id)) {
    return refuse(`Param ${type}['id'] is not a valid whatsapp business account media attachment ID`, reading)
  }
  return { content: { type, text: caption, files: file == null ? [] : [file] } }
}

function readInteractive(part: Json, reading: Reading): Read {
  const body = textOf(objectOf(part['body'])['text'])
  const action = objectOf(part['action'])
  if (body === null) return lacks("Param interactive['body']['text'] is required.", reading)
  if (body.length > 1024) return wrong('Body text length invalid. Max length: 1024', reading)
  const problem = part['type'] === 'list' ? problemOfList(action) : problemOfButtons(action, part['type'])
  if (problem !== null) return wrong(problem, reading)
  const header = headerOf(objectOf(part['header']), reading)
  if ('refused' in header) return header
  return { content: { type: 'interactive', text: body, files: header.content.files } }
}

/** A picture, a film or a document above the text, given as it is in a message of its own. */
function headerOf(header: Json, reading: Reading): Read {
  const type = textOf(header['type'])
  if (type === null || type === 'text') return { content: { type: 'text', text: null, files: [] } }
  if (!['image', 'video', 'document'].includes(type)) return wrong('Header type is not known', reading)
  return readFile(type, objectOf(header[type]), reading)
}

function problemOfButtons(action: Json, type: unknown): string | null {
  if (type !== 'button') return `Interactive type ${String(type)} is not known`
  const buttons = listOf(action['buttons']).map((button) => objectOf(objectOf(button)['reply']))
  if (buttons.length < 1 || buttons.length > 3) {
    return 'Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3'
  }
  if (new Set(buttons.map(({ id }) => id)).size < buttons.length) return 'Duplicated reply ids found'
  const titles = buttons.map((button) => textOf(button['title'])?.length ?? 0)
  return titles.every((length) => length >= 1 && length <= 20)
    ? null
    : 'Button title length invalid. Min length: 1, Max length: 20'
}

function problemOfList(action: Json): string | null {
  const rows = listOf(action['sections']).flatMap((section) => listOf(objectOf(section)['rows']))
  return rows.length >= 1 && rows.length <= 10 ? null : 'Total row count exceed max allowed count: 10'
}

/** How many `{{1}}`-like places a template's body has. */
function placesOf(components: readonly Json[]): number {
  const body = components.find(({ type }) => String(type).toUpperCase() === 'BODY')
  return new Set((textOf(body?.['text']) ?? '').match(/\{\{\w+\}\}/g) ?? []).size
}

function readTemplate(part: Json, reading: Reading): Read {
  const { account, call } = reading
  const language = objectOf(part['language'])['code']
  const template = account.templates?.find((one) => one.name === part['name'] && one.language === language)
  if (template === undefined || (template.status ?? 'APPROVED') !== 'APPROVED') {
    const details = `template name (${String(part['name'])}) does not exist in ${String(language)}`
    return { refused: refusal({ code: 132_001, details, httpStatus: 404 }, from(call)) }
  }
  const given = listOf(part['components']).find((one) => String(objectOf(one)['type']).toLowerCase() === 'body')
  const count = listOf(objectOf(given)['parameters']).length
  const places = placesOf(template.components)
  if (count !== places) {
    const details = `body: number of localizable_params (${count}) does not match the expected number of params (${places})`
    return { refused: refusal({ code: 132_000, details }, from(call)) }
  }
  const body = template.components.find(({ type }) => String(type).toUpperCase() === 'BODY')
  return { content: { type: 'template', text: textOf(body?.['text']), files: [] } }
}
