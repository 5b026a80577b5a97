import { useRef, useState } from 'react'
import { useDraft, type Drafts, type DraftText } from '../drafts.ts'
import { useAttach } from '../hooks/use-attach.ts'
import { useComposerFocus } from '../hooks/use-composer-focus.ts'
import { useFileDrop } from '../hooks/use-file-drop.ts'
import { useNow } from '../hooks/use-now.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { emptyMail, mailProblem, subjectToAnswer, toMailAnswer } from '../rules/mail-draft.ts'
import { platformName } from '../rules/platforms.ts'
import { textRoom } from '../rules/reply-limits.ts'
import { replyWindowOf, type ReplyWindow } from '../rules/reply-window.ts'
import type { Channel, Conversation, Message, NoteActions, ReplyActions, ReplyRules, Upload } from '../types.ts'
import { AttachButton, SendButton, TemplateButton } from './composer-buttons.tsx'
import { ComposerFiles } from './composer-files.tsx'
import { ComposerMail } from './composer-mail.tsx'
import { ComposerText } from './composer-text.tsx'
import { Icon } from './icons.tsx'
import { NoteComposer } from './note-composer.tsx'
import { ReplyBar } from './reply-bar.tsx'
import type { FilledTemplate } from './template-form.tsx'
import { TemplatePicker } from './template-picker.tsx'
import { WindowNote } from './window-note.tsx'

type PlaceProps = {
  conversation: Conversation | null
  channel: Channel | undefined
  /** Oldest first: a mail's subject comes from the one it answers. */
  messages: readonly Message[]
  uploads: readonly Upload[]
  drafts: Drafts
  inbox: ReplyActions & NoteActions
  ownId?: string | null
  onTrouble(text: string): void
}

/** The place under a thread: where a reply is written, or a note to the colleagues. */
export function ComposerPlace({ conversation, ...rest }: PlaceProps) {
  // The place is there from the beginning, so that the thread does not move when the conversation has been read.
  if (conversation === null) return <div className="composer" />
  return <Composer conversation={conversation} {...rest} />
}

type WriteProps = Omit<PlaceProps, 'conversation'> & { conversation: Conversation }

/** Where a reply or a note is written. What was begun stays when another conversation is opened. */
function Composer(props: WriteProps) {
  const { t } = useTexts()
  const { conversation, channel, drafts, inbox, ownId = null, onTrouble } = props
  const [draft, patch] = useDraft(drafts, conversation.id)
  const isNote = draft.mode === 'note'
  const rules = channel?.reply_rules ?? null
  return (
    <section
      className={`composer${isNote ? ' composer-note' : ''}`}
      aria-label={t(isNote ? 'note.label' : 'composer.title')}
    >
      <ModeSwitch mode={draft.mode} onMode={(mode) => patch({ mode })} />
      {isNote ? (
        <NoteComposer
          {...{ inbox, ownId, onTrouble, conversationId: conversation.id, note: draft.note }}
          onNote={(note) => patch({ note })}
        />
      ) : channel === undefined || rules === null ? (
        <NoReply platform={conversation.platform} isKnown={channel !== undefined} />
      ) : (
        <ReplyComposer {...props} {...{ draft, patch, rules, channelId: channel.id }} />
      )}
    </section>
  )
}

function ModeSwitch({ mode, onMode }: { mode: DraftText['mode']; onMode(mode: DraftText['mode']): void }) {
  const { t } = useTexts()
  return (
    <div className="composer-mode">
      <div className="segments segments-small" role="group" aria-label={t('note.mode')}>
        {(['reply', 'note'] as const).map((one) => (
          <button type="button" key={one} aria-pressed={mode === one} onClick={() => onMode(one)}>
            {t(`note.mode_${one}`)}
          </button>
        ))}
      </div>
      {mode === 'note' && (
        <span className="composer-mode-words">
          <Icon name="note" /> {t('note.only_staff')}
        </span>
      )}
    </div>
  )
}

function NoReply({ platform, isKnown }: { platform: Conversation['platform']; isKnown: boolean }) {
  const { t } = useTexts()
  return (
    <p className="composer-none">
      <Icon name="alert" />
      <span>{t(isKnown ? 'composer.none' : 'composer.unknown', { platform: platformName(platform, t) })}</span>
    </p>
  )
}

type ComposerProps = Omit<WriteProps, 'channel'> & {
  channelId: string
  rules: ReplyRules
  draft: DraftText
  patch(change: Partial<DraftText>): void
}

function ReplyComposer(props: ComposerProps) {
  const { conversation, channelId, rules, inbox, draft, patch } = props
  const now = useNow(15_000)
  const window = replyWindowOf(conversation, rules, now)
  const templates = useTemplateToggle(rules, window)
  const sendTemplate = ({ template, content }: FilledTemplate) => {
    inbox.send(conversation.id, { template, content })
    templates.close()
  }
  return (
    <>
      <WindowNote
        window={window}
        now={now}
        isHumanAgent={draft.isHumanAgent}
        onHumanAgent={(isHumanAgent) => patch({ isHumanAgent })}
      />
      {templates.isOpen && (
        <TemplatePicker
          channelId={channelId}
          inbox={inbox}
          onSend={sendTemplate}
          onClose={window.kind === 'closed' ? null : templates.close}
        />
      )}
      {window.kind !== 'closed' && <ComposerRow {...props} window={window} templates={templates} />}
    </>
  )
}

type RowProps = ComposerProps & {
  window: ReplyWindow
  templates: ReturnType<typeof useTemplateToggle>
}

/** What is being written: the message it answers, its files, its text. */
function ComposerRow(props: RowProps) {
  const { conversation, rules, uploads, inbox, draft, patch, window, templates } = props
  const box = useRef<HTMLTextAreaElement>(null)
  const files = draft.uploads.flatMap((id) => uploads.find((upload) => upload.id === id) ?? [])
  const mayWrite = window.kind === 'open' || draft.isHumanAgent
  const attach = useAttach(props)
  const isHeld = useFileDrop(mayWrite ? attach : null)
  useComposerFocus(box, draft.replyTo?.id ?? null)
  const isMail = conversation.platform === 'email'
  const subject = isMail ? subjectToAnswer(props.messages, draft.replyTo) : ''
  const canSend = mayWrite && isSendable(draft, files, rules)
  const send = () => {
    if (!canSend) return
    inbox.send(conversation.id, { ...toDraft(draft, window), ...toMail(draft, subject) })
    patch({ text: '', uploads: [], replyTo: null, mail: emptyMail })
    box.current?.focus()
  }
  const onText = (text: string) => {
    patch({ text })
    if (text.trim() !== '') inbox.typing(conversation.id)
  }
  const onRemove = (id: string) => {
    inbox.removeUpload(id)
    patch({ uploads: draft.uploads.filter((other) => other !== id) })
    box.current?.focus()
  }
  return (
    <>
      {draft.replyTo !== null && <ReplyBar message={draft.replyTo} onCancel={() => patch({ replyTo: null })} />}
      {isMail && (
        <ComposerMail
          {...{ mail: draft.mail, filledIn: subject, isDisabled: !mayWrite }}
          onChange={(mail) => patch({ mail })}
        />
      )}
      <ComposerFiles uploads={files} onRemove={onRemove} onRetry={(id) => inbox.retryUpload(id)} />
      <div className="composer-row">
        <AttachButton isDisabled={!mayWrite} onFiles={attach} />
        {rules.has_templates && <TemplateButton isOpen={templates.isOpen} onClick={templates.toggle} />}
        <ComposerText
          {...{ text: draft.text, rules, box, isDisabled: !mayWrite }}
          {...{ onText, onSend: send, onFiles: attach }}
        />
        <SendButton isDisabled={!canSend} onClick={send} />
      </div>
      {isHeld && <DropPlace />}
    </>
  )
}

function DropPlace() {
  const { t } = useTexts()
  return (
    <div className="drop-place">
      <Icon name="attach" /> {t('composer.drop')}
    </div>
  )
}

function toDraft({ text, uploads, replyTo }: DraftText, window: ReplyWindow) {
  return {
    content: text,
    uploads,
    ...(replyTo === null ? {} : { replyTo: replyTo.id }),
    ...(window.kind === 'human_agent' ? { humanAgent: true } : {}),
  }
}

/** Of other channels nothing of the kind can have been written, and no subject is filled in. */
function toMail({ mail }: DraftText, filledIn: string) {
  const email = toMailAnswer(mail, filledIn)
  return email === undefined ? {} : { email }
}

function isSendable(draft: DraftText, files: readonly Upload[], rules: ReplyRules): boolean {
  if (files.some(({ state }) => state === 'failed') || mailProblem(draft.mail) !== null) return false
  const hasSomething = draft.text.trim() !== '' || files.length > 0
  return hasSomething && !textRoom(draft.text, rules).isOver
}

/** Open by itself where nothing else can be sent. */
function useTemplateToggle(rules: ReplyRules, window: ReplyWindow) {
  const [isWanted, setIsWanted] = useState(false)
  const isOpen = rules.has_templates && (window.kind === 'closed' || isWanted)
  return { isOpen, toggle: () => setIsWanted(!isWanted), close: () => setIsWanted(false) }
}
