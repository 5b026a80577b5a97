import { invalid } from './errors.ts'
import type { Answer, GraphCall, Json } from './types.ts'

/** One name of `fields=`, with what it asks of the things behind it: `messages.limit(5){id,from}`. */
export type Field = { name: string; limit: number | null; fields: Field[] | null }
/** What stands behind a field: a value, or an edge that is read as its own fields and limit say. */
export type Edge = (field: Field) => unknown

const edges = new WeakSet<object>()

export function edge(read: Edge): Edge {
  edges.add(read)
  return read
}

/**
 * Field expansion as the Graph API documents it ("Using the Graph API", field expansion). Null when `text` is not of
 * that form.
 */
export function parseFields(text: string): Field[] | null {
  let at = 0
  const list = (isNested: boolean): Field[] | null => {
    const found: Field[] = []
    for (;;) {
      const name = /^[a-z_][a-z0-9_]*/i.exec(text.slice(at))?.[0]
      if (name === undefined) return null
      at += name.length
      const field: Field = { name, limit: null, fields: null }
      found.push(field)
      for (let modifier = readModifier(); modifier !== null; modifier = readModifier()) {
        if (modifier.name === 'limit') field.limit = Number(modifier.value)
      }
      if (text[at] === '{') {
        at += 1
        field.fields = list(true)
        if (field.fields === null || text[at] !== '}') return null
        at += 1
      }
      if (text[at] !== ',') return isNested || at === text.length ? found : null
      at += 1
    }
  }
  const readModifier = () => {
    const [whole, name = '', value = ''] = /^\.([a-z_]+)\(([^)]*)\)/i.exec(text.slice(at)) ?? []
    if (whole === undefined) return null
    at += whole.length
    return { name, value }
  }
  return list(false)
}

/** The fields of a node that were asked for; a refusal when the node has no such field, which Graph does not forgive. */
export function project(node: Json, fields: readonly Field[], call: GraphCall): { node: Json } | { refused: Answer } {
  const unknown = fields.find(({ name }) => !(name in node))
  if (unknown !== undefined) {
    return { refused: invalid(`Tried accessing nonexisting field (${unknown.name})`, { call }) }
  }
  // The id comes always, asked for or not.
  const wanted = fields.some(({ name }) => name === 'id') || !('id' in node) ? fields : [...fields, idField]
  const picked = wanted.map((field) => [field.name, valueOf(node[field.name], field)] as const)
  return { node: Object.fromEntries(picked.filter(([, value]) => value !== undefined && value !== null)) }
}

const idField: Field = { name: 'id', limit: null, fields: null }

function valueOf(value: unknown, field: Field): unknown {
  if (typeof value === 'function' && edges.has(value)) return (value as Edge)(field)
  return value
}

/** What `fields=` asks for, or `usual` where it is absent. */
export function fieldsOf(call: GraphCall, usual: string): Field[] | null {
  return parseFields((call.query.get('fields') ?? usual).replaceAll(/\s/g, ''))
}

export function answerNode(node: Json, call: GraphCall, usual: string): Answer {
  const fields = fieldsOf(call, usual)
  if (fields === null) return invalid('Syntax error in the field "fields"', { call })
  const projected = project(node, fields, call)
  return 'refused' in projected ? projected.refused : { status: 200, body: projected.node }
}
