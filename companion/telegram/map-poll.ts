import type { tl } from '@mtcute/core'
import { compact, type Details } from './map-context.ts'

// Polls and quizzes. The answers and what was voted for them come apart, and later votes come without the answers.

/** `key`: Telegram's own name of the answer, base64. */
export type PollOption = { key: string; text: string; votes?: number; is_chosen?: boolean; is_correct?: boolean }

export function pollDetails(poll: tl.RawPoll, results: tl.TypePollResults | undefined): Details {
  const options = poll.answers.flatMap((answer): PollOption[] =>
    answer._ === 'pollAnswer' ? [{ key: keyOf(answer.option), text: plain(answer.text) }] : [],
  )
  const details = compact({
    id: poll.id.toString(),
    question: plain(poll.question),
    options: options.slice(0, 50),
    is_quiz: poll.quiz === true ? true : undefined,
    is_multiple: poll.multipleChoice === true ? true : undefined,
    is_public: poll.publicVoters === true ? true : undefined,
    is_closed: poll.closed === true ? true : undefined,
  })
  return withResults(details, results)
}

/** The poll with its newest votes. Short results (`min`) do not say what we chose: that stays as it was. */
export function withResults(poll: Details, results: tl.TypePollResults | undefined): Details {
  const votes = new Map((results?.results ?? []).map((one) => [keyOf(one.option), one]))
  const options = (Array.isArray(poll['options']) ? (poll['options'] as PollOption[]) : []).map((option) => {
    const given = votes.get(option.key)
    if (given === undefined) return option
    const isChosen = results?.min === true ? option.is_chosen : given.chosen
    return {
      key: option.key,
      text: option.text,
      ...(given.voters === undefined ? {} : { votes: given.voters }),
      ...(isChosen === true ? { is_chosen: true } : {}),
      ...(given.correct === true || option.is_correct === true ? { is_correct: true } : {}),
    }
  })
  return compact({ ...poll, options, total: results?.totalVoters ?? poll['total'], solution: results?.solution })
}

/** The poll in plain words, for whoever sees only the content. */
export function pollWords(poll: Details): string {
  const options = Array.isArray(poll['options']) ? (poll['options'] as PollOption[]) : []
  const lines = options.map(({ text, votes }) => (votes === undefined ? `• ${text}` : `• ${text} (${votes})`))
  const question = typeof poll['question'] === 'string' ? poll['question'] : ''
  return [`${poll['is_quiz'] === true ? 'Quiz' : 'Poll'}: ${question}`, ...lines].join('\n')
}

const keyOf = (option: Uint8Array | undefined): string => Buffer.from(option ?? []).toString('base64')

const plain = (text: tl.TypeTextWithEntities | undefined): string => (text?.text ?? '').slice(0, 1000)
