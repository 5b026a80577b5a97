import { useEffect } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { workerAddress } from '../push-device.ts'
import { openMessageOf } from '../worker-messages.ts'

/** The service worker of a device that gets pushes speaks the language of the page, and for whoever is signed in. */
export function useWorkerLanguage(userId: string | null): void {
  const { language } = useTexts()
  useEffect(() => {
    if (userId === null || !('serviceWorker' in navigator)) return
    const renew = async (): Promise<void> => {
      const registration = await navigator.serviceWorker.getRegistration('/')
      if (registration !== undefined) await navigator.serviceWorker.register(workerAddress(language, userId))
    }
    renew().catch(() => undefined) // the old words until the next visit
  }, [language, userId])
}

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
