import type { Violation } from './check-sources.ts'

/** What is secret by its name: the last word of a variable or of a field. */
const secretName = /(?:^|[^A-Za-z])(?:\w*(?:secret|token|signature|hmac|digest|hash|password|ticket)s?)$/i
const literal = /^(?:null|undefined|true|false|-?\d[\d_.]*|'[^']*'|"[^"]*"|`[^`$]*`)$/
const comparison = /([\w.?[\]'")]+)\s*(?:===|!==|==|!=)\s*([\w.?[\]]+|'[^']*'|"[^"]*")/g
const search = /\.(?:includes|indexOf|startsWith|endsWith|localeCompare)\(\s*([\w.?]+)\s*[,)]/g
const originHeader = /['"`](?:x-forwarded-[\w-]+|forwarded|cf-connecting-ip|true-client-ip|x-real-ip)['"`]/i

const isSecret = (operand: string) => secretName.test(operand)

/** An ordinary comparison ends at the first difference, and its time tells where that is. */
function checkComparisons(code: string): string[] {
  const compared = [...code.matchAll(comparison)].filter(([, left = '', right = '']) => {
    if (literal.test(left) || literal.test(right)) return false
    return isSecret(left) || isSecret(right)
  })
  const searched = [...code.matchAll(search)].filter(([, argument = '']) => isSecret(argument))
  return [...compared, ...searched].map(([found]) => found)
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1')
}

function checkHabitsOf(path: string, text: string): Violation[] {
  const code = withoutComments(text)
  const found: Violation[] = checkComparisons(code).map((detail) => ({
    path,
    rule: 'secrets are compared in constant time',
    detail,
  }))
  const header = path.startsWith('src/channels/') ? null : originHeader.exec(code)
  if (header !== null) found.push({ path, rule: 'no header tells where a request came from', detail: header[0] })
  if (/\bDecompressionStream\b/.test(code))
    found.push({ path, rule: 'nothing is unpacked', detail: 'DecompressionStream' })
  return found
}

/** Holds the server's files against habits that no type can enforce. `files`: text by path from the root of the checkout. */
export function checkHabits(files: ReadonlyMap<string, string>): Violation[] {
  const isServer = (path: string) => path.startsWith('src/') && !/^src\/(?:client|ui)\//.test(path)
  return [...files].filter(([path]) => isServer(path)).flatMap(([path, text]) => checkHabitsOf(path, text))
}
