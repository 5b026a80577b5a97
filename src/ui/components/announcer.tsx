import { useEffect, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { oneLine } from '../text/clean.ts'
import type { Inbox } from '../types.ts'

type AnnouncerProps = { inbox: Pick<Inbox, 'onInbound'>; openId: string | null }

/** Tells those who hear the page what comes in where they read. Of the rest they hear as a notification. */
export function Announcer({ inbox, openId }: AnnouncerProps) {
  const { t } = useTexts()
  const [{ text, round }, setSaid] = useState({ text: '', round: 0 })
  useEffect(
    () =>
      inbox.onInbound((_, { id, client_name: name }) => {
        if (id !== openId) return
        const next = t('app.announce', { name: oneLine(name, 80) })
        setSaid((last) => ({ text: next, round: last.round + 1 }))
      }),
    [inbox, openId, t],
  )
  return (
    <p className="sr-only" role="status">
      {/* A new element each time: the same sentence again would change nothing, and nobody would hear it. */}
      <span key={round}>{text}</span>
    </p>
  )
}
