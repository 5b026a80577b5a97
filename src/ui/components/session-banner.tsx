import { useTexts } from '../i18n/use-texts.ts'
import { sessionNote, stoppedSessions } from '../rules/sessions.ts'
import { oneLine } from '../text/clean.ts'
import type { Channel } from '../types.ts'
import { Icon } from './icons.tsx'

/** Across the page while an account stands still that a person has to sign in: what is the matter, and what to do. */
export function SessionBanner({ channels }: { channels: readonly Channel[] }) {
  const { t } = useTexts()
  const [first, ...others] = stoppedSessions(channels)
  const note = first === undefined ? null : sessionNote(first)
  if (first === undefined || note === null) return null
  return (
    <div className="banner" role="status">
      <Icon name="alert" />
      <span>{t('channels.banner', { name: oneLine(first.name, 60), text: t(note.text) })}</span>
      {note.command !== null && <code className="command">{note.command}</code>}
      {others.length > 0 && <span>{t('channels.banner_more', { n: others.length })}</span>}
    </div>
  )
}
