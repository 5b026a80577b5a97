import { type ReactNode, useId, useState } from 'react'
import { languages, type Language } from '../i18n/texts.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { oneLine } from '../text/clean.ts'
import type { ConnectionState, InboxState, Me } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { ChannelHealth } from './channel-health.tsx'
import { ConnectionBadge } from './connection-badge.tsx'
import { Icon } from './icons.tsx'

type TopBarProps = {
  state: InboxState
  connection: ConnectionState
  bell: ReactNode
  onSignOut(): Promise<void>
  onLanguage(language: Language): void
}

/** The header of the inbox: where we are, how the line is, who else is here. */
export function TopBar({ state, connection, bell, onSignOut, onLanguage }: TopBarProps) {
  const { me } = state
  return (
    <header className="top-bar">
      <Brand tenant={me?.tenant.name ?? ''} />
      <ConnectionBadge connection={connection} />
      <div className="top-bar-tools">
        <Presence online={state.online} me={me} />
        <ChannelHealth channels={state.channels} />
        {bell}
        <LanguageSwitch onLanguage={onLanguage} />
        {me !== null && <UserMenu me={me} onSignOut={onSignOut} />}
      </div>
    </header>
  )
}

export function Brand({ tenant }: { tenant: string }) {
  const { t } = useTexts()
  return (
    <div className="brand">
      <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="8" className="brand-ground" />
        <path className="brand-tray" d="M9 7h14a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H9a3 3 0 0 1-3-3V10a3 3 0 0 1 3-3z" />
        <path
          className="brand-shade"
          d="M6 17h5.5c.5 0 .8.3 1 .7a4 4 0 0 0 7 0c.2-.4.5-.7 1-.7H26v5a3 3 0 0 1-3 3H9a3 3 0 0 1-3-3z"
        />
      </svg>
      <div className="brand-words">
        <h1>{t('app.name')}</h1>
        {tenant !== '' && <bdi>{oneLine(tenant, 80)}</bdi>}
      </div>
    </div>
  )
}

function Presence({ online, me }: { online: readonly string[]; me: Me | null }) {
  const { t, format } = useTexts()
  const others = online.filter((userId) => userId !== me?.user_id).length
  const label = others === 0 ? t('user.alone') : t('user.online', { n: others })
  return (
    <span className={`presence${others > 0 ? ' presence-some' : ''}`} title={label}>
      <Icon name="people" />
      <span aria-hidden="true">{format.number(others)}</span>
      <span className="sr-only">{label}</span>
    </span>
  )
}

const languageNames: Readonly<Record<Language, { short: string; long: string }>> = {
  en: { short: 'EN', long: 'English' },
  uk: { short: 'УК', long: 'Українська' },
}

export function LanguageSwitch({ onLanguage }: { onLanguage(language: Language): void }) {
  const { t, language } = useTexts()
  return (
    <div className="segments segments-small" role="group" aria-label={t('app.language')}>
      {languages.map((one) => (
        <button
          type="button"
          key={one}
          lang={one}
          aria-pressed={one === language}
          aria-label={languageNames[one].long}
          title={languageNames[one].long}
          onClick={() => onLanguage(one)}
        >
          {languageNames[one].short}
        </button>
      ))}
    </div>
  )
}

function UserMenu({ me, onSignOut }: { me: Me; onSignOut(): Promise<void> }) {
  const { t } = useTexts()
  const id = useId()
  const [hasFailed, setHasFailed] = useState(false)
  const signOut = () => {
    setHasFailed(false)
    onSignOut().catch(() => setHasFailed(true))
  }
  return (
    <>
      <button type="button" className="user-button" popoverTarget={id} aria-label={`${t('user.menu')}: ${me.name}`}>
        <Avatar name={me.name} seed={me.user_id} />
      </button>
      <div id={id} popover="auto" className="panel panel-user" role="dialog" aria-label={t('user.menu')}>
        <p className="user-name">
          <bdi>{oneLine(me.name, 80)}</bdi>
        </p>
        <p className="quiet">
          {t(`user.role_${me.role}`)} · <bdi>{oneLine(me.tenant.name, 80)}</bdi>
        </p>
        <button type="button" className="button" onClick={signOut}>
          {t('user.sign_out')}
        </button>
        {hasFailed && (
          <p className="channel-error" role="alert">
            {t('user.sign_out_failed')}
          </p>
        )}
      </div>
    </>
  )
}
