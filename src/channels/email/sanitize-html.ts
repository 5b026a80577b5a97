// Trust boundary: HTML of strangers, on its way to the browsers of staff. What leaves here is built from an allowlist by
// a parser that follows the standard; it is shown in a sandboxed frame all the same.
import { Parser } from 'htmlparser2'
import sanitizeHtml from 'sanitize-html'
import { cleanText } from '../../lib/text.ts'
import { htmlToText } from './html-text.ts'
import { blockedAddress, type ShowingPlace } from './image-address.ts'
import { contentIdOf } from './content-id.ts'
import { textToHtml } from './text-html.ts'

const maxInput = 512 * 1024
/** Escaping can make five characters of one. */
const maxOutput = 2 * maxInput
/** Tags deeper than this are dropped, what they say is kept. */
const maxDepth = 100
/** Deeper than anybody nests, and about where the parser's stack begins to cost more than the text. */
const hopelessDepth = 400
/** Few enough that the text, escaped, is itself within `maxInput`. */
const maxFallback = 80_000

export type SafeHtml = {
  html: string
  /** Pictures of other servers that are not shown. */
  blockedImages: number
  /** Content ids of the mail's own files that the HTML shows, as `src="cid:…"`. */
  inlineIds: string[]
  /** Nothing but the text is left of HTML that was too large, too deep or too much of something. */
  isText: boolean
}

const tags =
  'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em ' +
  'figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small ' +
  'span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr'
const cell = ['align', 'valign', 'colspan', 'rowspan', 'width', 'height']

/** The attribute under which the address of a blocked picture is kept; empty where it is not safe to fetch. */
export const blockedSource = 'data-blocked-src'

const allowedAttributes: Record<string, string[]> = {
  '*': ['dir', 'lang', 'title'],
  a: ['href', 'target', 'rel'],
  col: ['span', 'width'],
  div: ['align'],
  font: ['color', 'size'],
  h1: ['align'],
  h2: ['align'],
  h3: ['align'],
  hr: ['width', 'align'],
  img: ['src', blockedSource, 'alt', 'width', 'height', 'align'],
  li: ['value'],
  ol: ['start', 'type'],
  p: ['align'],
  table: ['align', 'width', 'border', 'cellpadding', 'cellspacing'],
  td: cell,
  th: cell,
  tr: ['align', 'valign'],
}

type Attributes = Record<string, string>
type Found = { blockedImages: number; inlineIds: Set<string> }
/** What pictures a mail may show: those among its files, and later those of other servers. */
type Own = { contentIds: ReadonlySet<string>; place: ShowingPlace }

/** What a tag that is dropped held open may end otherwise without it; hardly anything changes more than twice. */
const mostPasses = 5

/**
 * HTML of a mail, made safe to be shown: no script, no style, no form, nothing that is fetched from elsewhere. Cleaned
 * until cleaning changes nothing more, so that whoever reads the result reads what was judged here. `contentIds`: of the
 * mail's own files; a picture that names another shows nothing.
 */
export function sanitizeMailHtml(given: string, contentIds: Iterable<string>, place: ShowingPlace = {}): SafeHtml {
  let html = cleanText(given)
  if (html.length > maxInput || isHopeless(html)) return asText(html)
  const own = { contentIds: new Set(contentIds), place }
  for (let pass = 0; pass < mostPasses; pass++) {
    const found: Found = { blockedImages: 0, inlineIds: new Set() }
    // The parser may cut a character that takes two places in half.
    const clean = sanitizeHtml(html, optionsFor(own, found)).toWellFormed()
    if (clean.length > maxOutput) break
    if (clean === html) return { html, ...found, inlineIds: [...found.inlineIds], isText: false }
    html = clean
  }
  return asText(html)
}

function optionsFor(own: Own, found: Found): sanitizeHtml.IOptions {
  return {
    allowedTags: tags.split(' '),
    allowedAttributes,
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['cid'] },
    allowedSchemesAppliedToAttributes: ['href', 'src'],
    allowProtocolRelative: false,
    disallowedTagsMode: 'discard',
    nonTextTags: 'script style textarea option xmp title noscript template iframe noembed noframes plaintext'.split(
      ' ',
    ),
    nestingLimit: maxDepth,
    parseStyleAttributes: false,
    transformTags: {
      '*': (tagName, attributes) => ({ tagName, attribs: cleanAttributes(attributes) }),
      a: (tagName, attributes) => ({ tagName, attribs: linkAttributes(attributes) }),
      img: (tagName, attributes) => ({ tagName, attribs: imageAttributes(attributes, own, found) }),
    },
  }
}

const lengthForm = /^\d{1,4}%?$/
const wordForm = /^[a-z0-9-]{1,20}$/i
/** Sizes that cover the page, and words that are none, are left out. A map: an attribute may be called `constructor`. */
const forms: ReadonlyMap<string, RegExp> = new Map([
  ...['width', 'height'].map((name) => [name, lengthForm] as const),
  ...['align', 'valign', 'lang'].map((name) => [name, wordForm] as const),
  ...['colspan', 'rowspan', 'span'].map((name) => [name, /^\d{1,3}$/] as const),
  ...['start', 'value'].map((name) => [name, /^\d{1,6}$/] as const),
  ...['border', 'cellpadding', 'cellspacing'].map((name) => [name, /^\d{1,2}$/] as const),
  ['size', /^[+-]?[1-7]$/],
  ['color', /^(?:#[0-9a-f]{3,8}|[a-z]{1,30})$/i],
  ['type', /^[1aAiI]$/],
  ['dir', /^(?:ltr|rtl|auto)$/i],
])

function cleanAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => forms.get(name)?.test(value) !== false),
  )
}

/** In one order whatever the sender's was, so that a second cleaning finds what the first one left. */
function linkAttributes(attributes: Attributes): Attributes {
  const { href = '', target: _target, rel: _rel, ...others } = attributes
  const address = href.trim()
  if (!isLink(address)) return others
  return { href: address, target: '_blank', rel: 'noopener noreferrer nofollow', ...others }
}

function isLink(href: string): boolean {
  return href.length <= 4096 && /^(?:https?:\/\/|mailto:|tel:)/i.test(href) && URL.canParse(href)
}

function imageAttributes(attributes: Attributes, { contentIds, place }: Own, found: Found): Attributes {
  const { src = '', [blockedSource]: blocked, alt = '', ...others } = attributes
  const id = /^\s*cid:(.+)$/i.exec(src)?.[1]?.trim()
  if (id !== undefined) {
    const contentId = contentIdOf(id)
    if (!contentIds.has(contentId)) return { alt }
    found.inlineIds.add(contentId)
    return { src: `cid:${encodeURIComponent(contentId)}`, alt, ...others }
  }
  const address = src.trim() === '' ? blocked : src
  if (address === undefined && attributes['srcset'] === undefined) return { alt }
  found.blockedImages++
  return { [blockedSource]: blockedAddress(address ?? '', attributes, place), alt, ...others }
}

/** Tags inside one another beyond all measure make every parser slow; it is let go no further than up to there. */
function isHopeless(html: string): boolean {
  if (countOf(html, '<') * 3 > html.length + 100) return true
  let depth = 0
  let deepest = 0
  const parser = new Parser({
    onopentag() {
      deepest = Math.max(deepest, ++depth)
      if (deepest > hopelessDepth) parser.pause()
    },
    onclosetag() {
      depth--
    },
  })
  parser.write(html)
  if (deepest <= hopelessDepth) parser.end()
  return deepest > hopelessDepth
}

function countOf(text: string, char: string): number {
  let count = 0
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) count++
  return count
}

function asText(html: string): SafeHtml {
  const text = htmlToText(html.slice(0, maxInput)).slice(0, maxFallback).toWellFormed()
  return { html: textToHtml(text), blockedImages: 0, inlineIds: [], isText: true }
}
