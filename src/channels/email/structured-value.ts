/** A header value with parameters: `text/plain; charset=utf-8`. Names are lower-case; of repeated ones the first holds. */
export type StructuredValue = { value: string; params: ReadonlyMap<string, string> }

const parameter = /;\s*([^\s=;"]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"?[^;]*|([^;]*)))?/gy

/** Reads what decides how a part is taken apart. Never throws: what cannot be understood is left out. */
export function structuredValue(text: string): StructuredValue {
  const end = text.indexOf(';')
  const value = withoutComments(end === -1 ? text : text.slice(0, end))
  const params = new Map<string, string>()
  if (end === -1) return { value: value.toLowerCase(), params }
  parameter.lastIndex = end
  for (let match = parameter.exec(text); match !== null; match = parameter.exec(text)) {
    const [, name = '', quoted, plain = ''] = match
    const key = name.toLowerCase()
    const given = quoted === undefined ? withoutTrailingComment(plain) : quoted.replaceAll(/\\(.)/g, '$1')
    if (key !== '' && !params.has(key)) params.set(key, given)
  }
  return { value: value.toLowerCase(), params: joined(params) }
}

const longest = 64

/** RFC 2231: a value in pieces (`name*0`, `name*1`), or with its charset before it (`name*=utf-8''…`), or both. */
function joined(params: Map<string, string>): Map<string, string> {
  for (const key of [...params.keys()]) {
    const [, name] = /^([^*]+)\*(?:0\*?)?$/.exec(key) ?? []
    if (name === undefined || params.has(name)) continue
    let whole = unescaped(key, params.get(key) ?? '')
    for (let at = 1; at < longest && /\*0\*?$/.test(key); at++) {
      const piece = [`${name}*${at}`, `${name}*${at}*`].find((one) => params.has(one))
      if (piece === undefined) break
      whole += unescaped(piece, params.get(piece) ?? '')
    }
    params.set(name, whole)
  }
  return params
}

/** Only for names of charsets and boundaries, which are ASCII whatever charset is claimed for them. */
function unescaped(key: string, value: string): string {
  if (!key.endsWith('*')) return value
  const bare = /^[\w.:-]*'[\w-]*'/.test(value) ? value.slice(value.indexOf("'", value.indexOf("'") + 1) + 1) : value
  return bare.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** A bracket inside a word is part of it, as in `Invoice(1).pdf`; only after a blank does it begin a comment. */
function withoutTrailingComment(text: string): string {
  return text.replace(/(?:^|[ \t])\([^]*$/, '').trim()
}

/** RFC 5322 comments hold nothing for a program. One that never ends takes the rest with it. */
export function withoutComments(text: string): string {
  if (!text.includes('(')) return text.trim()
  let depth = 0
  let kept = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\' && depth > 0) at++
    else if (char === '(') depth++
    else if (char === ')' && depth > 0) depth--
    else if (depth === 0) kept += char
  }
  return kept.trim()
}
