import { type RefObject, useEffect } from 'react'

/** The keyboard goes on in the field after a conversation was chosen and after "reply"; a touch screen's stays away. */
export function useComposerFocus(box: RefObject<HTMLTextAreaElement | null>, replyTo: string | null): void {
  useEffect(() => {
    const isChosen = document.activeElement?.closest('.row, .thread-scroller') != null
    if (isChosen && matchMedia('(hover: hover) and (pointer: fine)').matches) {
      box.current?.focus({ preventScroll: true })
    }
  }, [box])
  useEffect(() => {
    if (replyTo !== null) box.current?.focus()
  }, [box, replyTo])
}
