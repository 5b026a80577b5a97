import { useTexts } from '../i18n/use-texts.ts'
import type { Language } from '../i18n/texts.ts'
import type { TextKey } from '../i18n/en.ts'
import { Icon } from './icons.tsx'
import { Brand, LanguageSwitch } from './top-bar.tsx'
import { Spinner } from './notice.tsx'

export type SignInReason = 'none' | 'link' | 'unreachable'

const pages: Readonly<Record<SignInReason, { title: TextKey; text: TextKey; steps: readonly TextKey[] }>> = {
  none: {
    title: 'entry.none_title',
    text: 'entry.none_text',
    steps: ['entry.none_step_ask', 'entry.none_step_open', 'entry.none_step_done'],
  },
  link: {
    title: 'entry.link_title',
    text: 'entry.link_text',
    steps: ['entry.link_step_ask', 'entry.link_step_open'],
  },
  unreachable: { title: 'entry.unreachable_title', text: 'entry.unreachable_text', steps: [] },
}

type SignInProps = { reason: SignInReason; onRetry(): void; onLanguage(language: Language): void }

/** For those who are not in: why, and what to do. */
export function SignIn({ reason, onRetry, onLanguage }: SignInProps) {
  const { t } = useTexts()
  const page = pages[reason]
  return (
    <div className="entry">
      <header className="entry-head">
        <Brand tenant="" />
        <LanguageSwitch onLanguage={onLanguage} />
      </header>
      <main className="entry-card">
        <span className="notice-sign">
          <Icon name={reason === 'unreachable' ? 'alert' : 'key'} />
        </span>
        <h2>{t(page.title)}</h2>
        <p>{t(page.text)}</p>
        {page.steps.length > 0 && (
          <ol className="steps">
            {page.steps.map((step) => (
              <li key={step}>{t(step)}</li>
            ))}
          </ol>
        )}
        {reason === 'unreachable' && (
          <button type="button" className="button button-main" onClick={onRetry}>
            {t('app.retry')}
          </button>
        )}
      </main>
    </div>
  )
}

/** While the page finds out whether the reader is in. */
export function Entering({ isSigningIn }: { isSigningIn: boolean }) {
  const { t } = useTexts()
  return (
    <div className="entry entry-waiting">
      <Spinner label={t(isSigningIn ? 'entry.signing_in' : 'app.loading')} />
    </div>
  )
}
