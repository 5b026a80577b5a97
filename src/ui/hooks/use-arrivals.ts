import { useCallback, useEffect, useMemo, useState } from 'react'
import { type Chime, createChime } from '../chime.ts'
import { createDesk, createToldOnce, type ToldOnce, watchNearness } from '../told-once.ts'
import type { Notification, Notifications } from '../types.ts'

/** More than these would hide the page; the others are in the list. */
const maxShown = 3
const otherFirstMs = 500

type Told = { once: ToldOnce; chime: Chime }

export type Arrivals = {
  /** Newest last. */
  shown: readonly Notification[]
  close(id: string): void
  /** Something should have sounded, and the browser did not let it. */
  isSilenced: boolean
  allowSound(): void
  /** While somebody points at them, they stay. */
  isHeld: boolean
  hold(isHeld: boolean): void
}

/** What has just come, for pop-ups and sound: in one window of the browser, and not while that conversation lies open. */
export function useArrivals(notifications: Notifications, openId: string | null): Arrivals {
  const [shown, setShown] = useState<readonly Notification[]>([])
  const [isSilenced, setIsSilenced] = useState(false)
  const [isHeld, hold] = useState(false)
  const told = useTold(() => setIsSilenced(false))
  const close = useCallback((id: string) => {
    setShown((all) => all.filter((one) => one.id !== id))
    hold(false) // what is taken away under the pointer, or with the focus, does not say that it was left
  }, [])

  useEffect(() => {
    if (told === null) return undefined
    const { once } = told
    const add = (one: Notification): void => setShown((all) => [...withoutOlder(all, one), one].slice(-maxShown))
    return notifications.onNotification(({ notification, show, sound }) => {
      const { id, conversation_id: conversationId } = notification
      // What fills a gap was not asked what lies open.
      if (conversationId !== null && conversationId === openId && document.hasFocus()) return
      if (show) void once.claim(id, 'show').then((isMine) => isMine && add(notification))
      if (sound) void playOnce(told, id).then((isSilent) => isSilent && setIsSilenced(true))
    })
  }, [notifications, openId, told])

  // Whoever opens a conversation, by whatever way, has seen what the pop-up wanted to say; so has who read it elsewhere.
  useEffect(() => {
    if (openId !== null) setShown((all) => all.filter((one) => one.conversation_id !== openId))
  }, [openId])
  useEffect(
    () =>
      notifications.subscribe(() => {
        const { items } = notifications.getState()
        setShown((all) => {
          const left = all.filter(({ id }) => items.find((one) => one.id === id)?.read !== true)
          return left.length === all.length ? all : left
        })
      }),
    [notifications],
  )

  const allowSound = useCallback(() => {
    told?.chime.unlock()
    setIsSilenced(false)
  }, [told])
  return useMemo(
    () => ({ shown, close, isSilenced, allowSound, isHeld, hold }),
    [shown, close, isSilenced, allowSound, isHeld],
  )
}

/** Of one conversation the newest is enough. */
function withoutOlder(shown: readonly Notification[], { conversation_id: id }: Notification): readonly Notification[] {
  return id === null ? shown : shown.filter((one) => one.conversation_id !== id)
}

/** Sounds in one window. Gives whether it should have, and the browser kept it silent. */
async function playOnce({ once, chime }: Told, id: string): Promise<boolean> {
  // A window that somebody has used can sound; the others leave it the first turn.
  if (!chime.isReady()) await new Promise((resolve) => setTimeout(resolve, otherFirstMs))
  return (await once.claim(id, 'sound')) && !chime.play()
}

/** The one-window rule and the sound, for as long as the page is there. Any touch or key makes the sound ready. */
function useTold(onUse: () => void): Told | null {
  const [told, setTold] = useState<Told | null>(null)
  const [onFirstUse] = useState(() => onUse)
  useEffect(() => {
    const parts = { once: createToldOnce(createDesk()), chime: createChime() }
    const stopWatching = watchNearness(parts.once.nearnessChanged)
    const onTouch = (): void => {
      parts.chime.unlock()
      onFirstUse()
    }
    const controller = new AbortController()
    for (const name of ['pointerdown', 'keydown'] as const)
      document.addEventListener(name, onTouch, { signal: controller.signal, capture: true })
    setTold(parts)
    return () => {
      controller.abort()
      stopWatching()
      parts.once.close()
      parts.chime.close()
    }
  }, [onFirstUse])
  return told
}
