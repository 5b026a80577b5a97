import { AppError } from '../lib/app-error.ts'

// Refusals that several routes give.

export const conversationNotFound = () => new AppError('conversation.not_found', 404, 'There is no such conversation.')
export const messageNotFound = () => new AppError('message.not_found', 404, 'There is no such message.')
export const channelNotFound = () => new AppError('channel.not_found', 404, 'There is no such channel.')
export const readOnly = () => new AppError('channel.read_only', 409, 'Nothing can be sent on this channel.')

/** What ingest says of an item that it does not store, as an answer. */
export function refusalOf(code: string | undefined): AppError {
  switch (code) {
    case 'conversation.not_found':
      return conversationNotFound()
    case 'message.not_found':
      return new AppError(code, 404, 'This conversation has no such message.')
    case 'conversation.merged':
      return new AppError(code, 409, 'This conversation became part of another one.')
    case 'message.not_retryable':
      return new AppError(code, 409, 'This message cannot be sent again.')
    default:
      return new AppError(code ?? 'item.refused', 422, 'The change cannot be stored.')
  }
}
