import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { countNewer } from '../rules/timeline.ts'
import type { ThreadMessage } from '../types.ts'

/** How near to the end still counts as reading the newest message, in CSS pixels. */
const nearEndPx = 40

type ThreadScroll = {
  scroller: RefObject<HTMLDivElement | null>
  content: RefObject<HTMLDivElement | null>
  isAtEnd: boolean
  /** Inbound messages that came in while the reader was further up. */
  newCount: number
  toEnd(): void
  onScroll(): void
}

/**
 * Keeps a thread where the reader left it: at the end while they are at the end, otherwise on the message they are
 * reading, also when older ones are put in above. What the reader sends takes them to the end.
 */
export function useThreadScroll(messages: readonly ThreadMessage[]): ThreadScroll {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const [isAtEnd, setIsAtEnd] = useState(true)
  const [newCount, setNewCount] = useState(0)
  const place = useRef({ isAtEnd: true, fromEnd: 0, firstId: '', lastId: '' })

  const toEnd = useCallback(() => {
    const element = scroller.current
    if (element !== null) element.scrollTop = element.scrollHeight
  }, [])

  const onScroll = useCallback(() => {
    const element = scroller.current
    if (element === null) return
    const fromEnd = element.scrollHeight - element.scrollTop
    const isNowAtEnd = fromEnd - element.clientHeight <= nearEndPx
    place.current = { ...place.current, isAtEnd: isNowAtEnd, fromEnd }
    setIsAtEnd(isNowAtEnd)
    if (isNowAtEnd) setNewCount(0)
  }, [])

  useLayoutEffect(() => {
    const { isAtEnd: wasAtEnd, fromEnd, firstId, lastId } = place.current
    const element = scroller.current
    const first = messages[0]?.id ?? ''
    const last = messages.at(-1)?.id ?? ''
    place.current = { ...place.current, firstId: first, lastId: last }
    if (element === null) return
    const hasSent = last !== lastId && messages.at(-1)?.local !== undefined
    if (wasAtEnd || hasSent) element.scrollTop = element.scrollHeight
    else if (last !== lastId) setNewCount((count) => count + countNewer(messages, lastId))
    else if (first !== firstId) element.scrollTop = element.scrollHeight - fromEnd
  }, [messages])

  useEffect(() => watchSize(scroller, content, () => (place.current.isAtEnd ? toEnd() : onScroll())), [toEnd, onScroll])

  return { scroller, content, isAtEnd, newCount, toEnd, onScroll }
}

/** Pictures that load, a window that changes: the end stays in view. */
function watchSize(
  scroller: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
  onResize: () => void,
): () => void {
  const observer = new ResizeObserver(onResize)
  if (scroller.current !== null) observer.observe(scroller.current)
  if (content.current !== null) observer.observe(content.current)
  return () => observer.disconnect()
}
