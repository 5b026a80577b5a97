import { useEffect } from 'react'
import { openMessageOf } from '../worker-messages.ts'

/** A push that was clicked opens its conversation in the window that is there already. */
export function useWorkerMessages(open: (conversationId: string) => void): void {
  useEffect(() => {
    if (!('serviceWorker' in navigator)) return undefined
    const controller = new AbortController()
    const onMessage = ({ data }: MessageEvent<unknown>): void => {
      const conversationId = openMessageOf(data)
      if (conversationId !== null) open(conversationId)
    }
    navigator.serviceWorker.addEventListener('message', onMessage, { signal: controller.signal })
    navigator.serviceWorker.startMessages()
    return () => controller.abort()
  }, [open])
}
