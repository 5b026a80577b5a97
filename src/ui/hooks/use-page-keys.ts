import { useEffect, useRef } from 'react'

/** What a key asks for. */
export type PageCommand = 'next' | 'previous' | 'back' | 'search' | 'reply'

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'isComposing'>

/** `isTyping`: the focus is in a text field. `isScrolling`: it is in a thread, where arrows scroll. */
export function commandOf(event: Pressed, focus: { isTyping: boolean; isScrolling: boolean }): PageCommand | null {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return null
  if (event.key === 'Escape') return 'back'
  if (focus.isTyping) return null
  if (event.key === '/') return 'search'
  // By place on the keyboard: under a Cyrillic layout these keys give other letters.
  switch (event.code) {
    case 'KeyJ':
      return 'next'
    case 'KeyK':
      return 'previous'
    case 'KeyR':
      return 'reply'
    case 'Slash':
      return 'search'
    case 'ArrowDown':
      return focus.isScrolling ? null : 'next'
    case 'ArrowUp':
      return focus.isScrolling ? null : 'previous'
    default:
      return null
  }
}

/** Listens on the whole page. `run` says whether it did something; then the browser's own action is held back. */
export function usePageKeys(run: (command: PageCommand) => boolean): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !(event.target instanceof Element)) return
      const isTyping = event.target.closest('input, textarea, select, [contenteditable]') !== null
      const isScrolling = event.target.closest('.thread-scroller, .panel, video, audio') !== null
      const command = commandOf(event, { isTyping, isScrolling })
      if (command !== null && latest.current(command)) event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

/** Moves the focus through the rows of the list, from the focused one or else the open one. */
export function focusRow(step: 1 | -1): boolean {
  const rows = Array.from(document.querySelectorAll<HTMLElement>('.row'))
  const focused = rows.findIndex((row) => row === document.activeElement)
  const from = focused >= 0 ? focused : rows.findIndex((row) => row.ariaCurrent === 'true')
  const row = rows[from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + step))]
  row?.focus()
  return row !== undefined
}
