import type { DraftText } from '../drafts.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { fileProblem, maxDraftFiles } from '../rules/reply-limits.ts'
import { oneLine } from '../text/clean.ts'
import type { ReplyActions, ReplyRules } from '../types.ts'

type AttachOptions = {
  rules: ReplyRules
  draft: DraftText
  patch(change: Partial<DraftText>): void
  inbox: ReplyActions
  onTrouble(text: string): void
}

/** Takes files into the draft; what the channel does not take is refused before it is uploaded. */
export function useAttach({ rules, draft, patch, inbox, onTrouble }: AttachOptions): (files: File[]) => void {
  const { t, format } = useTexts()
  return (files) => {
    const room = maxDraftFiles - draft.uploads.length
    if (files.length > room) onTrouble(t('composer.too_many_files', { n: maxDraftFiles }))
    const added = files.slice(0, Math.max(0, room)).flatMap((file) => {
      const problem = fileProblem(file, rules)
      if (problem === null) return inbox.attach(file)
      const max = problem.kind === 'size' ? format.size(problem.max) : ''
      const reason = t(`composer.file_${problem.kind}`, { max })
      onTrouble(t('composer.file_refused', { name: oneLine(file.name, 80), reason }))
      return []
    })
    if (added.length > 0) patch({ uploads: [...draft.uploads, ...added] })
  }
}
