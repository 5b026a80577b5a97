import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { actionFailure } from '../rules/failures.ts'
import { findTemplates } from '../rules/template-text.ts'
import { oneLine } from '../text/clean.ts'
import type { ActionError, ActionResult, MessageTemplate, ReplyActions } from '../types.ts'
import { Icon } from './icons.tsx'
import { Spinner } from './notice.tsx'
import { type FilledTemplate, TemplateForm } from './template-form.tsx'

type PickerProps = {
  channelId: string
  inbox: Pick<ReplyActions, 'templates'>
  onSend(template: FilledTemplate): void
  /** Null where the templates are all there is. */
  onClose: (() => void) | null
}

/** The templates of a channel: find one, fill it in, send it. */
export function TemplatePicker({ channelId, inbox, onSend, onClose }: PickerProps) {
  const { t } = useTexts()
  const { answer, reload } = useTemplates(channelId, inbox)
  const [chosen, setChosen] = useState<MessageTemplate | null>(null)
  const send = (filled: FilledTemplate) => {
    // Filled in and still there, it would be one press away from being sent twice.
    setChosen(null)
    onSend(filled)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || (chosen === null && onClose === null)) return
    event.preventDefault()
    if (chosen === null) onClose?.()
    else setChosen(null)
  }
  return (
    <section className="templates" aria-label={t('template.open')} onKeyDown={onKeyDown}>
      {answer === null && <Spinner label={t('template.loading')} />}
      {answer?.ok === false && (
        <p className="templates-note" role="alert">
          {t('template.error')} <LoadError error={answer.error} />{' '}
          <button type="button" className="link-button" onClick={reload}>
            {t('app.retry')}
          </button>
        </p>
      )}
      {answer?.ok === true && chosen === null && (
        <TemplateList templates={answer.value} onChoose={setChosen} onClose={onClose} />
      )}
      {chosen !== null && <TemplateForm template={chosen} onBack={() => setChosen(null)} onSend={send} />}
    </section>
  )
}

function LoadError({ error }: { error: ActionError }) {
  const { t } = useTexts()
  const { text, detail } = actionFailure(error)
  return (
    <>
      {t(text)} {detail !== '' && <bdi className="trouble-detail">{detail}</bdi>}
    </>
  )
}

type Answer = ActionResult<readonly MessageTemplate[]>

function useTemplates(channelId: string, inbox: PickerProps['inbox']): { answer: Answer | null; reload(): void } {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const load = useCallback(
    async (isWanted: () => boolean) => {
      setAnswer(null)
      const result = await inbox.templates(channelId)
      if (isWanted()) setAnswer(result)
    },
    [channelId, inbox],
  )
  useEffect(() => {
    let isMounted = true
    void load(() => isMounted)
    return () => {
      isMounted = false
    }
  }, [load])
  return { answer, reload: () => void load(() => true) }
}

type ListProps = {
  templates: readonly MessageTemplate[]
  onChoose(template: MessageTemplate): void
  onClose: PickerProps['onClose']
}

export function TemplateList({ templates, onChoose, onClose }: ListProps) {
  const { t } = useTexts()
  const [search, setSearch] = useState('')
  const found = findTemplates(templates, search)
  const box = useRef<HTMLInputElement>(null)
  const wasOpened = onClose !== null
  // Where it was opened on purpose the keyboard goes on here.
  useEffect(() => {
    if (wasOpened) box.current?.focus()
  }, [wasOpened])
  return (
    <>
      <div className="templates-head">
        <div className="search">
          <Icon name="search" />
          <input
            ref={box}
            type="text"
            inputMode="search"
            autoComplete="off"
            placeholder={t('template.search')}
            aria-label={t('template.search')}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
        {onClose !== null && (
          <button type="button" className="icon-button" aria-label={t('template.close')} onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {found.length === 0 && (
        <p className="templates-note">{t(templates.length === 0 ? 'template.empty' : 'template.none')}</p>
      )}
      <ul className="templates-list">
        {found.map((template) => (
          <TemplateRow key={`${template.name} ${template.language}`} template={template} onChoose={onChoose} />
        ))}
      </ul>
    </>
  )
}

function TemplateRow({ template, onChoose }: { template: MessageTemplate; onChoose: ListProps['onChoose'] }) {
  const { format } = useTexts()
  const id = useId()
  return (
    <li>
      <button type="button" className="template-row" aria-describedby={id} onClick={() => onChoose(template)}>
        <span className="template-name">
          <bdi>{oneLine(template.name.replaceAll('_', ' '), 80)}</bdi>
          <span className="tag">{format.language(template.language)}</span>
        </span>
        <span className="template-text" id={id} dir="auto">
          {oneLine([template.header ?? '', template.body].filter(Boolean).join(' · '), 200)}
        </span>
      </button>
    </li>
  )
}
