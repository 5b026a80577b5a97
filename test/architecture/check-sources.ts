/** A source file that breaks a rule of the structure, and which rule. */
export type Violation = { path: string; rule: string; detail: string }

type Layer = { may: readonly string[]; packages?: readonly string[] }

// Who may import whom, folder by folder (docs: "Structure" of the design; README "How a message flows").
const below = ['protocol', 'lib']
const core = [...below, 'channels', 'store']
const effects = [...core, 'ingest', 'outbox', 'notifications']
const layers: Readonly<Record<string, Layer>> = {
  protocol: { may: [], packages: ['zod'] },
  lib: { may: ['protocol'] },
  channels: { may: below },
  store: { may: [...below, 'channels'] },
  ingest: { may: core },
  outbox: { may: core },
  notifications: { may: core },
  hub: { may: effects },
  // The one path for mail, which comes in by http and by jobs.
  mail: { may: [...effects, 'hub'] },
  http: { may: [...effects, 'hub', 'mail'] },
  jobs: { may: [...effects, 'hub', 'mail'] },
  index: { may: [...effects, 'hub', 'http', 'jobs'] },
  client: { may: below, packages: ['react', 'zod'] },
  ui: { may: ['client'], packages: ['react', 'react-dom'] },
  companion: { may: below },
}

const drizzleLayers = new Set(['store', 'ingest', 'outbox', 'notifications'])
/** Rules live here: their clock, chance and I/O are arguments. */
const pureLayers = new Set(['protocol', 'channels', 'ingest', 'client'])
/** The files that hand the real clock and the real network to the rules beside them. */
const isEnvironment = (path: string) =>
  /^src\/channels\/[^/]+\/send\.ts$/.test(path) || /^src\/client\/(environment|.*-environment)\.ts$/.test(path)

const allowedIndexes = new Set(['src/index.ts', 'src/client/index.ts'])
const maxLines = 400

/** Every module a file names, whatever the form: import, export from, import for effect, dynamic import. */
export function importsOf(text: string): string[] {
  const forms = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
  ]
  return forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ''))
}

/** The folder under src/ that a file belongs to; `index` for the contents page; null outside of what has layers. */
function layerOf(path: string): string | null {
  if (path === 'src/index.ts') return 'index'
  if (path.startsWith('companion/')) return 'companion'
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null
}

function resolvePath(from: string, relative: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** `@scope/name/deep` and `name/deep` both belong to their package. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

function checkImport(path: string, layer: string, specifier: string): Omit<Violation, 'path'>[] {
  const rules = layers[layer]
  if (!rules) return [{ rule: 'unknown folder', detail: `src/${layer} has no place in the structure` }]
  if (specifier.startsWith('.')) {
    const target = layerOf(resolvePath(path, specifier))
    if (target === layer || target === null || rules.may.includes(target)) return []
    return [{ rule: 'import direction', detail: `${layer} must not import ${target} (${specifier})` }]
  }
  const name = packageOf(specifier)
  if (specifier.startsWith('node:') && layer !== 'companion') return [{ rule: 'no node: imports', detail: specifier }]
  if (name.startsWith('drizzle-') && !drizzleLayers.has(layer))
    return [{ rule: 'drizzle stays in its folders', detail: specifier }]
  if (rules.packages && !rules.packages.includes(name))
    return [{ rule: 'package', detail: `${layer} must not import ${name}` }]
  return []
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1')
}

function checkPurity(path: string, layer: string, text: string): Omit<Violation, 'path'>[] {
  if (!pureLayers.has(layer) || isEnvironment(path)) return []
  const impure =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bcrypto\.(?:randomUUID|getRandomValues)\b/
  const found = impure.exec(text)
  const network = layer === 'channels' || layer === 'protocol' ? /(?<![.\w])fetch\(/.exec(text) : null
  return [found, network].flatMap((match) =>
    match ? [{ rule: 'clock, chance and I/O are arguments', detail: match[0] }] : [],
  )
}

function checkForm(path: string, text: string): Omit<Violation, 'path'>[] {
  const found: Omit<Violation, 'path'>[] = []
  const lines = text.trimEnd().split('\n').length
  const name = path.split('/').at(-1) ?? ''
  if (lines > maxLines) found.push({ rule: 'file size', detail: `${lines} lines, at most ${maxLines}` })
  if (/^index\.tsx?$/.test(name) && !allowedIndexes.has(path)) found.push({ rule: 'no barrels', detail: name })
  const folders = path.split('/').slice(0, -1)
  const isKebab = [...folders, name].every((part) =>
    /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/.test(part),
  )
  if (!isKebab) found.push({ rule: 'kebab-case names', detail: path })
  return found
}

function checkSource(path: string, text: string): Omit<Violation, 'path'>[] {
  const form = checkForm(path, text)
  const layer = layerOf(path)
  if (layer === null) return form
  const code = withoutComments(text)
  const console = /\bconsole\./.test(code) && path !== 'src/lib/log.ts' && layer !== 'companion'
  const logs = console ? [{ rule: 'no console outside lib/log.ts', detail: 'console.' }] : []
  const imports = importsOf(text).flatMap((specifier) => checkImport(path, layer, specifier))
  return [...form, ...imports, ...logs, ...checkPurity(path, layer, code)]
}

/** Holds every file against the rules of the structure. `files`: text by path from the root of the checkout. */
export function checkSources(files: ReadonlyMap<string, string>): Violation[] {
  return [...files].flatMap(([path, text]) => checkSource(path, text).map((violation) => ({ path, ...violation })))
}
