import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { gapKey, gapsOf, fillText, readTemplate, type TemplateValues, templateUse } from '../rules/template-text.ts'
import { cleanText, oneLine } from '../text/clean.ts'
import type { MessageTemplate } from '../types.ts'
import { Icon } from './icons.tsx'

/** A template ready to be sent, and how it reads. */
export type FilledTemplate = { template: ReturnType<typeof templateUse>; content: string }

type FormProps = { template: MessageTemplate; onBack(): void; onSend(filled: FilledTemplate): void }

/** One template with its gaps as fields, and what the customer will read. */
export function TemplateForm({ template, onBack, onSend }: FormProps) {
  const { t, format } = useTexts()
  const [values, setValues] = useState<TemplateValues>({})
  const hint = useId()
  const gaps = gapsOf(template)
  const isFilled = gaps.every((gap) => (values[gapKey(gap)] ?? '').trim() !== '')
  const start = useRef<HTMLDivElement>(null)
  useEffect(() => start.current?.querySelector<HTMLElement>('input, .button-main')?.focus(), [])
  const send = () => {
    if (isFilled) onSend({ template: templateUse(template, values), content: readTemplate(template, values) })
  }
  const onEnter = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) send()
  }
  return (
    <div className="template-form" ref={start}>
      <div className="templates-head">
        <button type="button" className="icon-button" aria-label={t('template.back')} onClick={onBack}>
          <Icon name="back" />
        </button>
        <h3 className="template-name">
          <bdi>{oneLine(template.name.replaceAll('_', ' '), 80)}</bdi>
          <span className="tag">{format.language(template.language)}</span>
        </h3>
      </div>
      <div className="template-fields">
        {gaps.map((gap) => (
          <label className="field" key={gapKey(gap)}>
            <span>{t(`template.gap_${gap.part}`, { name: gap.name })}</span>
            <input
              type="text"
              autoComplete="off"
              maxLength={1000}
              dir="auto"
              value={values[gapKey(gap)] ?? ''}
              onKeyDown={onEnter}
              onChange={(event) => setValues({ ...values, [gapKey(gap)]: event.target.value })}
            />
          </label>
        ))}
      </div>
      <TemplatePreview template={template} values={values} />
      <div className="template-foot">
        <span className="quiet" id={hint}>
          {!isFilled && t('template.fill')}
        </span>
        <button
          type="button"
          className="button button-main"
          disabled={!isFilled}
          aria-describedby={hint}
          onClick={send}
        >
          {t('template.send')}
        </button>
      </div>
    </div>
  )
}

function TemplatePreview({ template, values }: { template: MessageTemplate; values: TemplateValues }) {
  const { t } = useTexts()
  return (
    <div className="template-preview" role="group" aria-label={t('template.preview')}>
      {template.header !== null && (
        <p className="message-subject" dir="auto">
          {cleanText(fillText('header', template.header, values))}
        </p>
      )}
      <p className="message-text" dir="auto">
        {cleanText(fillText('body', template.body, values))}
      </p>
      {template.footer !== null && (
        <p className="quiet" dir="auto">
          {cleanText(template.footer)}
        </p>
      )}
      {template.buttons.length > 0 && (
        <p className="template-buttons">
          {template.buttons.map((button, index) => (
            <bdi className="tag" key={index}>
              {oneLine(button, 40)}
            </bdi>
          ))}
        </p>
      )}
    </div>
  )
}
