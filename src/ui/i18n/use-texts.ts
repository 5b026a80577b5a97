import { createContext, useContext, useEffect, useMemo, useState } from 'react'
import { chooseLanguage, createTexts, type Language, type Texts } from './texts.ts'

const storageKey = 'edge-inbox.language'

/** The texts of everything below the provider. */
export const TextsContext = createContext<Texts>(createTexts('en'))

export function useTexts(): Texts {
  return useContext(TextsContext)
}

/** The reader's language, and how to change it; the choice is kept in this browser. */
export function useLanguage(): { texts: Texts; setLanguage(language: Language): void } {
  const [language, setLanguage] = useState(readLanguage)
  const texts = useMemo(() => createTexts(language), [language])
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choose = (chosen: Language) => {
    setLanguage(chosen)
    storeLanguage(chosen)
  }
  return { texts, setLanguage: choose }
}

function readLanguage(): Language {
  if (typeof window === 'undefined') return 'en'
  let stored: string | null = null
  try {
    stored = window.localStorage.getItem(storageKey)
  } catch {
    // Storage may be forbidden; then the browser's own languages decide.
  }
  return chooseLanguage(stored, window.navigator.languages)
}

function storeLanguage(language: Language): void {
  try {
    window.localStorage.setItem(storageKey, language)
  } catch {
    // Storage may be forbidden; the choice then lasts until the page is closed.
  }
}
