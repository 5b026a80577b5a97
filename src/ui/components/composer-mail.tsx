import { useId, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { type MailDraft, mailProblem, maxSubject } from '../rules/mail-draft.ts'
import { oneLine } from '../text/clean.ts'

type MailProps = {
  mail: MailDraft
  /** What stands in the field until somebody changes it. */
  filledIn: string
  isDisabled: boolean
  onChange(mail: MailDraft): void
}

/** What a mail has beside its text: a subject, and others who get it. */
export function ComposerMail({ mail, filledIn, isDisabled, onChange }: MailProps) {
  const { t } = useTexts()
  const [isWanted, setIsWanted] = useState(false)
  // Whoever gets a copy is never out of sight.
  const hasCopies = mail.cc !== '' || mail.bcc !== ''
  const isOpen = isWanted || hasCopies
  return (
    <div className="mail-fields">
      <div className="mail-subject">
        <Field
          label={t('message.subject')}
          value={mail.subject ?? filledIn}
          isDisabled={isDisabled}
          maxLength={maxSubject}
          onText={(subject) => onChange({ ...mail, subject })}
        />
        <button
          type="button"
          className="link-button"
          aria-expanded={isOpen}
          disabled={hasCopies}
          onClick={() => setIsWanted(!isWanted)}
        >
          {t('mail.copies')}
        </button>
      </div>
      {isOpen && (
        <>
          <Field
            label={t('mail.cc')}
            value={mail.cc}
            isDisabled={isDisabled}
            onText={(cc) => onChange({ ...mail, cc })}
          />
          <Field
            label={t('mail.bcc')}
            value={mail.bcc}
            isDisabled={isDisabled}
            onText={(bcc) => onChange({ ...mail, bcc })}
          />
        </>
      )}
      <ProblemLine mail={mail} />
    </div>
  )
}

function ProblemLine({ mail }: { mail: MailDraft }) {
  const { t } = useTexts()
  const problem = mailProblem(mail)
  return (
    <p className="mail-problem" role="status">
      {problem?.kind === 'address' && t('mail.wrong_address', { address: oneLine(problem.text, 80) })}
      {problem?.kind === 'too_many' && t('mail.too_many', { n: problem.max })}
    </p>
  )
}

type FieldProps = {
  label: string
  value: string
  isDisabled: boolean
  maxLength?: number
  onText(text: string): void
}

function Field({ label, value, isDisabled, maxLength, onText }: FieldProps) {
  const id = useId()
  return (
    <span className="mail-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        dir="auto"
        autoComplete="off"
        value={value}
        disabled={isDisabled}
        maxLength={maxLength}
        onChange={(event) => onText(event.target.value)}
      />
    </span>
  )
}
