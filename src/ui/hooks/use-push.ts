import { useCallback, useEffect, useState } from 'react'
import type { Texts } from '../i18n/texts.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { currentSubscription, deviceParts, deviceState, type DeviceState, switchOff, switchOn } from '../push-device.ts'
import { actionFailure } from '../rules/failures.ts'
import { statusOf, toFailure } from '../rules/call-failure.ts'
import { oneLine } from '../text/clean.ts'
import type { DeviceApi, PushStatus } from '../types.ts'

const ownIdKey = 'edge-inbox.push'

export type Push = {
  /** `missing`: the server has no keys, or does not know of pushes. Null while it is being asked. */
  server: PushStatus | 'missing' | null
  device: DeviceState | null
  /** This device's id at the server, as far as this browser remembers it. */
  ownId: string | null
  isBusy: boolean
  error: string | null
  switchOn(): void
  switchOff(): void
  remove(id: string): void
}

/** Pushes on this device, and the user's others. */
export function usePush(api: DeviceApi, userId: string): Push {
  const { t, language } = useTexts()
  const [server, setServer] = useState<Push['server']>(null)
  const [device, setDevice] = useState<DeviceState | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)

  const load = useCallback(async () => {
    const [asked, state] = await Promise.all([
      api.push().catch((failure: unknown) => {
        if (statusOf(failure) === 404) return 'missing' as const
        setError(reasonOf(failure, t))
        return null
      }),
      deviceState(),
    ])
    setServer(asked !== null && asked !== 'missing' && asked.public_key === null ? 'missing' : asked)
    setDevice(state)
  }, [api, t])
  useEffect(() => void load(), [load])

  const run = async (act: () => Promise<unknown>): Promise<void> => {
    setIsBusy(true)
    setError(null)
    try {
      await act()
    } catch (failure) {
      setError(t('push.failed', { reason: reasonOf(failure, t) }))
    }
    await load()
    setIsBusy(false)
  }
  const publicKey = server === null || server === 'missing' ? null : server.public_key
  return {
    ...{ server, device, isBusy, error, ownId: readOwnId() },
    switchOn() {
      if (publicKey === null) return
      const name = t('push.device', deviceParts(navigator.userAgent))
      void run(async () => writeOwnId(await switchOn({ api, publicKey, language, userId, name })))
    },
    switchOff: () =>
      void run(async () => {
        await switchOff(api, readOwnId())
        writeOwnId(null)
      }),
    remove: (id) =>
      void run(async () => {
        if (id === readOwnId()) await (await currentSubscription())?.unsubscribe()
        await api.unsubscribePush(id)
      }),
  }
}

/** In our words, or, of what the browser refused, in its own. */
function reasonOf(failure: unknown, t: Texts['t']): string {
  const error = toFailure(failure)
  if (error.status === 0 && error.code !== 'network') return oneLine(error.message)
  const { text, detail } = actionFailure(error)
  return [t(text), detail].filter((words) => words !== '').join(' ')
}

function readOwnId(): string | null {
  try {
    return window.localStorage.getItem(ownIdKey)
  } catch {
    return null // storage may be forbidden; then this device is one of the list like the others
  }
}

function writeOwnId(id: string | null): void {
  try {
    if (id === null) window.localStorage.removeItem(ownIdKey)
    else window.localStorage.setItem(ownIdKey, id)
  } catch {
    // Storage may be forbidden.
  }
}
