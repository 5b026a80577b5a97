import { useCallback, useEffect, useMemo, useState } from 'react'

const shownMs = 8_000

/** A note that goes away by itself. Each `show` is a new one, also with the same text. */
export type Toast = { text: string; round: number }

export function useToast(): { toast: Toast | null; show(text: string): void; close(): void } {
  const [toast, setToast] = useState<Toast | null>(null)
  useEffect(() => {
    if (toast === null) return undefined
    const timer = setTimeout(() => setToast(null), shownMs)
    return () => clearTimeout(timer)
  }, [toast])
  const show = useCallback((text: string) => setToast((last) => ({ text, round: (last?.round ?? 0) + 1 })), [])
  const close = useCallback(() => setToast(null), [])
  return useMemo(() => ({ toast, show, close }), [toast, show, close])
}
