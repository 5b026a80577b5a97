import { useMemo } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import type { Reader } from '../rules/notification-words.ts'
import type { InboxState } from '../types.ts'

/** Who reads notifications on this page, and what is known of their channels. */
export function useReader({ me, channels }: Pick<InboxState, 'me' | 'channels'>): Reader {
  const { t, format } = useTexts()
  return useMemo(
    () => ({
      say: t,
      userId: me?.user_id ?? null,
      date: (iso) => format.dateTime(iso),
      channelOf: (id) => channels.find((channel) => channel.id === id)?.name ?? null,
    }),
    [t, format, me, channels],
  )
}
