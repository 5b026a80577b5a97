import type { MessageTemplate } from '../types.ts'

/** One gap of a template: where it is, and its name, which may be a number. */
export type TemplateGap = { part: 'header' | 'body'; name: string }

/** What is written into the gaps, by `gapKey`. */
export type TemplateValues = Readonly<Record<string, string>>

const gaps = /\{\{\s*([\w.-]{1,60})\s*\}\}/gu

export function gapKey({ part, name }: TemplateGap): string {
  return `${part}.${name}`
}

/** The gaps of a template, each once, in the order they are filled. */
export function gapsOf(template: Pick<MessageTemplate, 'header' | 'body'>): TemplateGap[] {
  return (['header', 'body'] as const).flatMap((part) => namesIn(template[part] ?? '').map((name) => ({ part, name })))
}

function namesIn(text: string): string[] {
  const names = [...new Set(Array.from(text.matchAll(gaps), ([, name = '']) => name))]
  // WhatsApp takes numbered values by their number, wherever in the text they stand.
  return names.every((name) => /^\d+$/u.test(name)) ? names.toSorted((a, b) => Number(a) - Number(b)) : names
}

/** A text of a template with its gaps filled; an empty one stays as it is. */
export function fillText(part: TemplateGap['part'], text: string, values: TemplateValues): string {
  return text.replace(gaps, (gap, name: string) => values[gapKey({ part, name })]?.trim() || gap)
}

/** How the whole template reads, filled in. */
export function readTemplate(template: MessageTemplate, values: TemplateValues): string {
  const header = fillText('header', template.header ?? '', values)
  return [header, fillText('body', template.body, values), template.footer ?? '']
    .filter((text) => text !== '')
    .join('\n')
}

/** The template as the API takes it: `components` as WhatsApp documents them, only where there is something to fill. */
export function templateUse(template: MessageTemplate, values: TemplateValues) {
  const components = (['header', 'body'] as const).flatMap((type) => {
    const parameters = gapsOf(template)
      .filter(({ part }) => part === type)
      .map((gap) => parameterOf(gap, values))
    return parameters.length === 0 ? [] : [{ type, parameters }]
  })
  const { name, language } = template
  return { name, language, ...(components.length === 0 ? {} : { components }) }
}

function parameterOf(gap: TemplateGap, values: TemplateValues) {
  const text = values[gapKey(gap)]?.trim() ?? ''
  return /^\d+$/u.test(gap.name) ? { type: 'text', text } : { type: 'text', parameter_name: gap.name, text }
}

/** Templates whose name, language or text holds every word of `search`. */
export function findTemplates(templates: readonly MessageTemplate[], search: string): MessageTemplate[] {
  const words = search
    .toLocaleLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '')
  return templates.filter((template) => {
    const text = [template.name.replaceAll('_', ' '), template.name, template.language, template.header, template.body]
    const haystack = text.join('\n').toLocaleLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
