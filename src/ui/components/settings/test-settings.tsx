import { useState } from 'react'
import { notificationMedia } from '../../../client/index.ts'
import { useTexts } from '../../i18n/use-texts.ts'
import { toFailure } from '../../rules/call-failure.ts'
import { actionFailure } from '../../rules/failures.ts'
import { reachLines } from '../../rules/reach.ts'
import type { DeviceApi } from '../../types.ts'
import { Section } from './section.tsx'

type Answer = Awaited<ReturnType<DeviceApi['testNotification']>>
type Outcome = { kind: 'idle' | 'sending' } | { kind: 'done'; answer: Answer } | { kind: 'failed'; text: string }

/** Sends a test, and says what it reached and why not the rest. */
export function TestSettings({ api }: { api: DeviceApi }) {
  const { t } = useTexts()
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'idle' })
  const send = async () => {
    setOutcome({ kind: 'sending' })
    try {
      setOutcome({ kind: 'done', answer: await api.testNotification() })
    } catch (error) {
      const failure = toFailure(error)
      const { text, detail } = actionFailure(failure)
      const reason = [t(text), detail].filter((words) => words !== '').join(' ')
      setOutcome({ kind: 'failed', text: failure.status === 404 ? t('test.missing') : t('test.failed', { reason }) })
    }
  }
  return (
    <Section title={t('test.title')} text={t('test.text')}>
      <button
        type="button"
        className="button button-small"
        disabled={outcome.kind === 'sending'}
        onClick={() => void send()}
      >
        {t(outcome.kind === 'sending' ? 'test.sending' : 'test.send')}
      </button>
      <div role="status">
        {outcome.kind === 'failed' && <p className="channel-error">{outcome.text}</p>}
        {outcome.kind === 'done' && (
          <ul className="reach">
            {reachLines(outcome.answer.reach, notificationMedia, t).map(({ medium, isReached, text }) => (
              <li key={medium} className={isReached ? 'reach-yes' : 'reach-no'}>
                {text}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}
