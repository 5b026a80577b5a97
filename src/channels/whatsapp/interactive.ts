import { exceedsDepth } from '../../lib/json-depth.ts'
import { cleanText } from '../../lib/text.ts'
import type { Body } from '../meta/body.ts'
import { boundedCopy, pick } from '../meta/details.ts'
import { compact, isObject, type Json, textOf } from '../meta/wire.ts'

const maxResponse = 32_768

/** What a customer chose in a message of ours. The payload ids stay in `details`: titles are not unique. */
export function interactiveBody(value: unknown): Body | undefined {
  if (!isObject(value)) return undefined
  const type = textOf(value['type'], 64)
  const reply = type === undefined ? undefined : value[type]
  switch (type) {
    case 'button_reply':
    case 'list_reply':
      return choiceBody(type, reply)
    case 'nfm_reply':
      return formBody(reply)
    case 'call_permission_reply':
      return callPermissionBody(reply)
    default:
      return outgoingBody(type, value)
  }
}

function choiceBody(type: string, reply: unknown): Body | undefined {
  const choice = pick(reply, ['id', 'title', 'description'])
  const title = textOf(choice?.['title'], 1024) ?? textOf(choice?.['id'], 1024)
  if (choice === undefined || title === undefined) return undefined
  return { type: 'interactive', content: title, details: { interactive: { type, ...choice } } }
}

function callPermissionBody(reply: unknown): Body | undefined {
  const answer = pick(reply, ['response', 'expiration_timestamp', 'response_source', 'is_permanent'])
  const response = textOf(answer?.['response'], 64)
  if (answer === undefined || response === undefined) return undefined
  const content = `Call permission: ${response}`
  return { type: 'interactive', content, details: { interactive: { type: 'call_permission_reply', ...answer } } }
}

function formBody(reply: unknown): Body | undefined {
  if (!isObject(reply)) return undefined
  const text = textOf(reply['response_json'], maxResponse)
  const response = text === undefined ? undefined : parseResponse(text)
  const form = pick(reply, ['name', 'body', 'flow_token'])
  if (form === undefined && text === undefined) return undefined
  const answer = response === undefined ? compact({ response_json: text }) : { response }
  return {
    type: 'interactive',
    content: describeForm(response) ?? textOf(reply['body'], 1024) ?? 'Form reply',
    details: { interactive: { type: 'nfm_reply', ...form, ...answer } },
  }
}

// The answers to a form are JSON within JSON, written by the customer's phone: as foreign as the rest.
function parseResponse(text: string): Json | undefined {
  if (exceedsDepth(new TextEncoder().encode(text), 32)) return undefined
  try {
    const response = boundedCopy(JSON.parse(text))
    return isObject(response) ? response : undefined
  } catch {
    return undefined // kept as text
  }
}

function describeForm(response: Json | undefined): string | undefined {
  const answers = Object.entries(response ?? {}).flatMap(([name, answer]) => {
    const isShown = name !== 'flow_token' && (typeof answer === 'string' || typeof answer === 'number')
    return isShown ? [`${name}: ${answer}`] : []
  })
  return answers.length > 0 ? cleanText(`Form reply: ${answers.join(', ')}`, 1024) : undefined
}

// Imported history and echoes hold the business's own interactive messages, with their text in `body`.
function outgoingBody(type: string | undefined, value: Json): Body | undefined {
  const body = value['body']
  const content = textOf(isObject(body) ? body['text'] : undefined, 4096)
  if (type === undefined || content === undefined) return undefined
  return { type: 'interactive', content, details: { interactive: { type } } }
}
