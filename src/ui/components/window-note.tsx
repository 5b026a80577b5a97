import { type ReactNode, useId } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import type { ReplyWindow } from '../rules/reply-window.ts'
import { Icon } from './icons.tsx'

type NoteProps = { window: ReplyWindow; now: number; isHumanAgent: boolean; onHumanAgent(isOn: boolean): void }

/** How long the customer can still be answered, or what is possible after that. Nothing while there is plenty of time. */
export function WindowNote({ window, now, isHumanAgent, onHumanAgent }: NoteProps) {
  const { t, format } = useTexts()
  switch (window.kind) {
    case 'open':
      if (window.until === null || !window.isSoon) return null
      return (
        <p className="window-note">
          <Icon name="clock" />
          <span>
            {t('window.until', { time: format.clock(window.until, now), left: format.duration(window.until - now) })}
          </span>
        </p>
      )
    case 'human_agent':
      return (
        <ClosedNote text={t('window.human_agent_text', { time: format.clock(window.until, now) })}>
          <HumanAgentBox isOn={isHumanAgent} onChange={onHumanAgent} />
        </ClosedNote>
      )
    case 'closed':
      return <ClosedNote text={t(window.hasTemplates ? 'window.closed_template' : 'window.closed_wait')} />
  }
}

function ClosedNote({ text, children }: { text: string; children?: ReactNode }) {
  const { t } = useTexts()
  return (
    <div className="window-note window-closed">
      <Icon name="clock" />
      <p>
        {t('window.closed')} {text}
      </p>
      {children}
    </div>
  )
}

function HumanAgentBox({ isOn, onChange }: { isOn: boolean; onChange(isOn: boolean): void }) {
  const { t } = useTexts()
  const id = useId()
  return (
    <span className="check">
      <input id={id} type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      <label htmlFor={id}>{t('window.human_agent')}</label>
    </span>
  )
}
