import { useEffect } from 'react'
import { nearnessNow, watchNearness } from '../told-once.ts'
import type { Notifications } from '../types.ts'

/** Tells the server which conversation somebody has before them, so that it makes no noise. */
export function useFocusReport(notifications: Notifications, openId: string | null): void {
  useEffect(() => {
    const report = (): void => notifications.setFocus(nearnessNow() === 'focused' ? openId : null)
    report()
    const stop = watchNearness(report)
    return () => {
      stop()
      notifications.setFocus(null)
    }
  }, [notifications, openId])
}
