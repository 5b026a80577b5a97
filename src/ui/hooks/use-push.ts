import { useCallback, useEffect, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { currentSubscription, deviceParts, deviceState, type DeviceState, switchOff, switchOn } from '../push-device.ts'
import { actionFailure } from '../rules/failures.ts'
import { statusOf, toFailure } from '../rules/call-failure.ts'
import type { DeviceApi, PushState } from '../types.ts'

const ownIdKey = 'edge-inbox.push'

export type Push = {
  /** `missing`: the server has no keys, or does not know of pushes. Null while it is being asked. */
  server: PushState | 'missing' | null
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
      api.push().catch((failure: unknown) => (statusOf(failure) === 404 ? ('missing' as const) : null)),
      deviceState(),
    ])
    setServer(asked !== null && asked !== 'missing' && asked.public_key === null ? 'missing' : asked)
    setDevice(state)
  }, [api])
  useEffect(() => void load(), [load])

  const run = async (act: () => Promise<unknown>): Promise<void> => {
    setIsBusy(true)
    setError(null)
    try {
      await act()
    } catch (failure) {
      const { text, detail } = actionFailure(toFailure(failure))
      setError(t('push.failed', { reason: [t(text), detail].filter((words) => words !== '').join(' ') }))
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
