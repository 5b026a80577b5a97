import type { TextKey } from '../i18n/en.ts'
import { oneLine } from '../text/clean.ts'
import type { ActionError, MessageError, ThreadMessage } from '../types.ts'

/** Why something was not sent: a sentence of ours, and what the other side said of it. */
export type Failure = { text: TextKey; detail: string }

/**
 * What the page says of a message that is not on its way as it should be. `mustConfirm`: sending it again may make the
 * customer get it twice. `canDiscard`: only this page has it.
 */
export type SendTrouble = Failure & {
  tone: 'bad' | 'quiet'
  retry: 'again' | 'now' | null
  mustConfirm: boolean
  canDiscard: boolean
  /** Until when it waits, where that is known. */
  until?: string
}

/** Null while all is well. */
export function troubleOf(message: ThreadMessage): SendTrouble | null {
  if (message.direction !== 'outbound' || message.deleted_at !== null) return null
  if (message.local !== undefined) return localTrouble(message.local)
  if (message.status === 'queued') return waitingTrouble(message.error)
  if (message.status !== 'failed' && message.status !== 'unknown') return null
  const isUnknown = message.status === 'unknown'
  const failure = isUnknown ? { text: 'failure.unknown' as const, detail: detailOf(message.error) } : failureOf(message)
  // Only what was written here is ours to send again: a phone app's message is not.
  const retry = message.client_message_id === null ? null : 'again'
  return { ...failure, tone: isUnknown ? 'quiet' : 'bad', retry, mustConfirm: isUnknown, canDiscard: false }
}

function localTrouble({ state, error }: NonNullable<ThreadMessage['local']>): SendTrouble | null {
  if (error === null || state === 'sending') return null
  const isFailed = state === 'failed'
  const failure = actionFailure(error)
  return {
    ...failure,
    // While it waits it goes again by itself.
    ...(error.code === 'network' && !isFailed ? { text: 'failure.offline' as const } : {}),
    ...{
      tone: isFailed ? ('bad' as const) : ('quiet' as const),
      retry: isFailed ? ('again' as const) : ('now' as const),
    },
    ...{ mustConfirm: false, canDiscard: true },
  }
}

/** It goes by itself: there is nothing to be done, but something to be said. */
function waitingTrouble(error: MessageError | null): SendTrouble | null {
  if (error === null) return null
  const rest = { tone: 'quiet', retry: null, mustConfirm: false, canDiscard: false } as const
  if (error.code === 'companion.waiting') return { text: 'failure.companion', detail: '', ...rest }
  const detail = detailOf(error)
  if (error.until === undefined) return { text: 'failure.waiting', detail, ...rest }
  return { text: 'failure.waiting_until', detail, until: error.until, ...rest }
}

function failureOf({ error }: ThreadMessage): Failure {
  return { text: error?.kind === undefined ? 'failure.other' : `failure.${error.kind}`, detail: detailOf(error) }
}

/** The platform's own words. */
export function detailOf(error: MessageError | null): string {
  if (error === null) return ''
  const words = [error.title, error.details ?? ''].map((text) => oneLine(text)).filter((text) => text !== '')
  return [words.join(': '), oneLine(error.code, 40)].filter((text) => text !== '').join(' · ')
}

/** Why a call of our own server did not do what was asked. */
export function actionFailure(error: ActionError): Failure {
  const detail = [oneLine(error.message), oneLine(error.code, 60)].filter((text) => text !== '').join(' · ')
  switch (error.status) {
    case 0:
      return { text: error.code === 'network' ? 'failure.no_answer' : 'failure.other', detail: '' }
    case 401:
      return { text: 'failure.session', detail: '' }
    case 403:
      return { text: 'failure.forbidden', detail }
    case 413:
      return { text: 'failure.too_large', detail }
    case 429:
      return { text: 'failure.rate_limit', detail: '' }
    default:
      return { text: refusalText(error), detail }
  }
}

const kindOfPlatform = /^platform\.(token|rate_limit|window|permission|recipient|content|platform|unreachable)$/u

function refusalText({ code, status }: ActionError): TextKey {
  // A call that was passed on: it is the platform that did not want it.
  const kind = kindOfPlatform.exec(code)?.[1] as MessageError['kind']
  if (kind !== undefined) return `failure.${kind}`
  if (status >= 500) return 'failure.server'
  return code.includes('window') ? 'failure.window' : 'failure.refused'
}

/** Kinds of failure that say something of a file too, beyond that it could not be fetched. */
const fileKinds = new Set(['token', 'rate_limit', 'permission', 'unreachable'])

/** Why a file of a message is not there; `text` null where there is nothing to add. */
export function fileFailure(error: MessageError | null): { text: TextKey | null; detail: string } {
  const { kind } = error ?? {}
  const text: TextKey | null = kind !== undefined && fileKinds.has(kind) ? `failure.${kind}` : null
  return { text, detail: detailOf(error) }
}
