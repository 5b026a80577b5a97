import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { createTexts, type Language } from '../../src/ui/i18n/texts.ts'
import { TextsContext } from '../../src/ui/i18n/use-texts.ts'

/** The markup of `node` in one language, times in UTC. */
export function render(node: ReactNode, language: Language = 'en'): string {
  return renderToStaticMarkup(<TextsContext value={createTexts(language, 'UTC')}>{node}</TextsContext>)
}

const elements = /<([a-z][\w-]*)([^>]*)>/gi
const attributes = /\s([\w-]+)="([^"]*)"/g
const forbidden = ['script', 'style', 'iframe', 'object', 'embed', 'base', 'meta', 'link', 'form']

/** Looks in the elements and attributes of a markup for what could run, restyle or load from elsewhere. */
export function dangersIn(markup: string): string[] {
  return Array.from(markup.matchAll(elements)).flatMap(([element, tag = '', rest = '']) => {
    const isBad = Array.from(rest.matchAll(attributes)).some(([, name = '', value = '']) => isDangerous(name, value))
    return isBad || forbidden.includes(tag) ? [element] : []
  })
}

function isDangerous(name: string, value: string): boolean {
  if (name === 'src') return !/^\/(?!\/)/.test(value)
  if (name === 'href') return !/^(\/(?!\/)|https?:\/\/)/.test(value)
  return name === 'style' || name === 'srcdoc' || name.startsWith('on')
}
