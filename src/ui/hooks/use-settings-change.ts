import { useCallback, useRef, useState } from 'react'
import type { ActionError, NotificationSettings, NotificationsView } from '../types.ts'

export type SavingState =
  | { kind: 'idle' }
  | { kind: 'saving' }
  | { kind: 'saved' }
  | { kind: 'failed'; error: ActionError }

/** Changes settings: `change` saves at once. */
export type SettingsChange = (change: (settings: NotificationSettings) => NotificationSettings) => void

type SettingsSaving = {
  saving: SavingState
  change: SettingsChange
  /** Takes the last change back; null where there is none, or another window has changed something since. */
  undo: (() => void) | null
}

/** Saves every change of the settings at once, and can take the last one back. */
export function useSettingsChange({ settings, actions }: NotificationsView): SettingsSaving {
  const [saving, setSaving] = useState<SavingState>({ kind: 'idle' })
  const [last, setLast] = useState<{ before: NotificationSettings; after: string } | null>(null)
  const round = useRef(0)

  const save = useCallback(
    async (change: (settings: NotificationSettings) => NotificationSettings) => {
      round.current += 1
      const mine = round.current
      setSaving({ kind: 'saving' })
      const result = await actions.changeSettings(change)
      // Of several in a row the last one's outcome is what is said.
      if (mine !== round.current) return null
      setSaving(result.ok ? { kind: 'saved' } : { kind: 'failed', error: result.error })
      return result.ok ? result.value : null
    },
    [actions],
  )
  const change: SettingsChange = useCallback(
    (update) => {
      if (settings === null) return
      setLast(null)
      void save(update).then((after) => after !== null && setLast({ before: settings, after: JSON.stringify(after) }))
    },
    [settings, save],
  )
  const isUntouched = last !== null && JSON.stringify(settings) === last.after
  const undo = (): void => {
    if (last === null) return
    setLast(null)
    void save(() => last.before)
  }
  return { saving, change, undo: isUntouched ? undo : null }
}
