import type { TextKey } from '../i18n/en.ts'
import { oneLine } from '../text/clean.ts'
import type { Channel } from '../types.ts'

/** What is the matter with the session that the companion holds, and the command that puts it right. */
export type SessionNote = { text: TextKey; command: string | null }

const notes: ReadonlyMap<string | null, TextKey> = new Map([
  ['banned', 'session.banned'],
  ['catching_up', 'session.catching_up'],
  ['flood_wait', 'session.flood_wait'],
  ['unreachable', 'session.unreachable'],
  ['stopped', 'session.stopped'],
])

/** Whether it is known only that nobody runs the account. */
export function isSilent({ health }: Pick<Channel, 'health'>): boolean {
  return health.state === 'down' && health.last_error_code === 'companion.silent'
}

/** Null while all is well, and for what no companion runs. */
export function sessionNote(channel: Pick<Channel, 'platform' | 'external_id' | 'health'>): SessionNote | null {
  if (isSilent(channel)) return { text: 'session.silent', command: null }
  const { session_state: state } = channel.health
  if (state === 'needs_login') return signIn(channel)
  const text = notes.get(state)
  return text === undefined ? null : { text, command: null }
}

function signIn({ platform, external_id }: Pick<Channel, 'platform' | 'external_id'>): SessionNote {
  if (platform === 'email') return { text: 'session.needs_password', command: null }
  // It is there to be copied into a shell: an id that is none is left out.
  const account = /^[\w+@.-]{1,64}$/.test(external_id) ? external_id : '<id>'
  return { text: 'session.needs_login', command: oneLine(`npm run companion -- login --account ${account}`) }
}

/** Channels that stand still until a person does something about their session. */
export function stoppedSessions(channels: readonly Channel[]): Channel[] {
  return channels.filter(
    (channel) =>
      channel.health.state === 'down' &&
      (isSilent(channel) ||
        channel.health.session_state === 'needs_login' ||
        channel.health.session_state === 'banned'),
  )
}
