/**
 * Holds sanitized HTML against a grammar so narrow that no parser could read it in two ways: tags of known names, known
 * attributes in double quotes, and text in which every `<` and `>` is an entity. It shares nothing with the sanitizer.
 */
const tagNames = new Set(
  (
    'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt ' +
    'em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section ' +
    'small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr'
  ).split(' '),
)
const attributeNames = new Set(
  (
    'align alt border cellpadding cellspacing color colspan data-blocked-src dir height href lang rel rowspan size span ' +
    'src start target title type valign value width'
  ).split(' '),
)
const token = /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)( ?\/)?>|[^<>]+/gy
const attribute = / ([a-z-]+)(?:="([^"<>]*)")?/g

/** Everything in it that should not be there; empty for HTML that may be shown. */
export function problemsOf(html: string): string[] {
  const problems: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < html.length) {
    const at = token.lastIndex
    const match = token.exec(html)
    if (match === null) return [...problems, `unreadable at ${at}: ${html.slice(at, at + 60)}`]
    const [, , name, attributes = ''] = match
    if (name === undefined) continue
    if (!tagNames.has(name)) problems.push(`tag ${name}`)
    for (const [, key = '', value = ''] of attributes.matchAll(attribute))
      problems.push(...attributeProblems(name, key, value))
  }
  return problems
}

function attributeProblems(tag: string, name: string, value: string): string[] {
  if (!attributeNames.has(name)) return [`attribute ${name}`]
  switch (name) {
    case 'href':
      return /^(?:https?:\/\/|mailto:|tel:)/.test(value.toLowerCase()) ? [] : [`href ${value}`]
    case 'src':
      return tag === 'img' && /^cid:[^/\\]*$/.test(value) ? [] : [`src ${value}`]
    case 'data-blocked-src':
      return value === '' || /^https:\/\/[a-z0-9.-]+\.[a-z][a-z0-9-]*\//.test(value) ? [] : [`blocked ${value}`]
    case 'target':
      return value === '_blank' ? [] : [`target ${value}`]
    case 'rel':
      return value === 'noopener noreferrer nofollow' ? [] : [`rel ${value}`]
    case 'width':
    case 'height':
      return /^\d{1,4}%?$/.test(value) ? [] : [`size ${value}`]
    default:
      return []
  }
}

/** Links without the marks that keep the page they lead to from reaching back. */
export function openLinks(html: string): string[] {
  return [...html.matchAll(/<a [^>]*href="[^>]*>/g)]
    .map(([link]) => link)
    .filter((link) => !link.includes('rel="noopener noreferrer nofollow"') || !link.includes('target="_blank"'))
}
