import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { createTexts, type Language } from '../../src/ui/i18n/texts.ts'
import { TextsContext } from '../../src/ui/i18n/use-texts.ts'

/** The markup of `node` in one language, times in UTC. */
export function render(node: ReactNode, language: Language = 'en'): string {
  return renderToStaticMarkup(<TextsContext value={createTexts(language, 'UTC')}>{node}</TextsContext>)
}

/** Looks for anything that could run or restyle: in our markup there is none of it. */
export function dangersIn(markup: string): string[] {
  return Array.from(
    markup.matchAll(/<script|<style|<iframe|<object|<img[^>]*src="(?!\/)|\son\w+=|\sstyle=|javascript:/gi),
    ([found]) => found,
  )
}
