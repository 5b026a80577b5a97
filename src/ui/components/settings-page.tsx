import { useEffect, useRef } from 'react'
import { type SavingState, useSettingsChange } from '../hooks/use-settings-change.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { actionFailure } from '../rules/failures.ts'
import type { Channel, DeviceApi, NotificationsView } from '../types.ts'
import { Icon } from './icons.tsx'
import { Notice, Spinner } from './notice.tsx'
import { DigestSettings } from './settings/digest-settings.tsx'
import { PauseSettings } from './settings/pause-settings.tsx'
import { PushSettings } from './settings/push-settings.tsx'
import { QuietHoursSettings } from './settings/quiet-hours-settings.tsx'
import { RuleSettings } from './settings/rule-settings.tsx'
import { TestSettings } from './settings/test-settings.tsx'

type SettingsProps = {
  view: NotificationsView
  channels: readonly Channel[]
  userId: string
  api: DeviceApi
  onBack(): void
}

/** What a user is told of, by which medium, and when not. Every change is saved at once and can be taken back. */
export function SettingsPage({ view, channels, userId, api, onBack }: SettingsProps) {
  const { t } = useTexts()
  const { saving, change, undo } = useSettingsChange(view)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const { settings } = view
  return (
    <main className="settings" data-scroller>
      <header className="settings-head">
        <button type="button" className="icon-button" onClick={onBack} aria-label={t('settings.back')}>
          <Icon name="back" />
        </button>
        <h2 ref={heading} tabIndex={-1}>
          {t('settings.title')}
        </h2>
        <SavingLine saving={saving} undo={undo} />
      </header>
      {settings === null ? (
        <SettingsMissing view={view} />
      ) : (
        <div className="settings-body">
          <PauseSettings settings={settings} change={change} />
          <RuleSettings settings={settings} channels={channels} change={change} />
          <QuietHoursSettings settings={settings} change={change} />
          <PushSettings settings={settings} change={change} api={api} userId={userId} />
          <DigestSettings settings={settings} change={change} api={api} saved={saving.kind === 'saved'} />
          <TestSettings api={api} />
        </div>
      )}
    </main>
  )
}

function SettingsMissing({ view }: { view: NotificationsView }) {
  const { t } = useTexts()
  return view.error === null ? (
    <div className="settings-body">
      <Spinner label={t('settings.loading')} />
    </div>
  ) : (
    <Notice icon="alert" title={t('bell.error')} text={view.error} />
  )
}

function SavingLine({ saving, undo }: { saving: SavingState; undo: (() => void) | null }) {
  const { t } = useTexts()
  const failure = saving.kind === 'failed' ? actionFailure(saving.error) : null
  return (
    <p className={`settings-saving${failure === null ? '' : ' settings-failed'}`} role="status">
      {saving.kind === 'idle' && t('settings.hint')}
      {saving.kind === 'saving' && t('settings.saving')}
      {saving.kind === 'saved' && t('settings.saved')}
      {failure !== null &&
        t('settings.failed', { reason: [t(failure.text), failure.detail].filter((words) => words !== '').join(' ') })}
      {undo !== null && (
        <button type="button" className="link-button" onClick={undo}>
          {t('settings.undo')}
        </button>
      )}
    </p>
  )
}
