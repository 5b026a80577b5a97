import type { Logger } from 'pino'
import type { BroadcastItem } from '../src/protocol/api.ts'
import type { AccountState, Command, CommandResult, CompanionAccount } from '../src/protocol/companion.ts'
import type { Sealer } from './sealer.ts'

/**
 * The contract between the companion's core and one connected account, be it on Telegram or a mailbox. The core owns the
 * spool, the link to the Worker and the order of commands; an account owns its connection and what is said over it.
 */

/** A file that is fetched later, by whoever knows what `locator` means. `key` names it among the files of its message. */
export type SpooledFile = { key: string; filename: string | null; mimeType: string | null; locator: unknown }

/**
 * One thing that was seen, as it goes to the Worker. `key` is unique for the account and for ever: a second row of the
 * same key is the same thing. Rows of one `lane` (a conversation) arrive in the order they were added.
 */
export type SpoolRow =
  | {
      kind: 'item'
      key: string
      lane: string
      item: BroadcastItem
      files?: readonly SpooledFile[]
      /** Parts of one album: rows of the same text with no other message between them in their lane become one message. */
      album?: string
    }
  | {
      kind: 'mail'
      key: string
      lane: string
      /** Raw RFC 822. */
      raw: Uint8Array
      direction: 'inbound' | 'outbound'
    }

/** The spool as one account sees it. Everything is synchronous: when `transaction` returns, it is on the disk. */
export type AccountSpool = {
  /** Rows and values of one transaction are there together or not at all. Throws when the disk does. */
  transaction(work: (write: SpoolWriter) => void): void
  /** A value of this account's own, such as a cursor. */
  read(name: string): string | null
  /** The values whose names begin so, by the rest of their names. */
  list(prefix: string): ReadonlyMap<string, string>
  /** Whether a row of this key was ever added and is still remembered (at least seven days). */
  knows(key: string): boolean
}
export type SpoolWriter = {
  add(row: SpoolRow): void
  set(name: string, value: string | null): void
}

/** What an account tells of itself; the core adds whose it is and when. */
export type Report = Pick<AccountState, 'state' | 'session_state' | 'code' | 'message'>

export type AccountDeps = {
  account: CompanionAccount
  spool: AccountSpool
  /** The account's own folder, which exists and nobody else may read. */
  directory: string
  /** For what must not lie open on the disk. */
  sealer: Sealer
  /**
   * The last checkpoint, where this data folder has never had one: its disk may be a new one. An account that finds
   * state of its own in `directory` or in the spool goes by that.
   */
  restored: string | null
  log: Logger
  now: () => number
  random: () => number
  report(report: Report): void
  /** A file of a command, fetched from the Worker with the companion's key. Throws when it cannot be had. */
  openFile(url: string): Promise<{ body: ReadableStream<Uint8Array>; size: number }>
  /** The disk failed or a fault of ours cannot be survived: ends the process, which starts anew from the spool. */
  crash(error: unknown): never
}

/** One attempt at a command. The core has written it down before it calls. */
export type Attempt = {
  command: Command
  /** 63 random bits, the same for every attempt of this command: what a platform takes to refuse a repetition. */
  nonce: bigint
  /** An earlier attempt began and its end was not seen: it may have been sent already. */
  isRepeat: boolean
}
/**
 * `holds`: what else waits as long as a `waiting` command does, besides the later ones of its conversation. Unless told
 * it is the account where the platform limits all of it (`FLOOD_…`), cannot be reached, or has to be logged in to.
 */
export type AttemptOutcome = CommandResult['outcome'] & { holds?: 'conversation' | 'account' }

/** One connected account. No method throws for what a platform or a network does. */
export type Account = {
  /** Connects and goes on connecting until `stop`. Resolves once the first attempt has begun. */
  start(): Promise<void>
  /** Resolves when nothing of it runs any more; at most five seconds. */
  stop(): Promise<void>
  /** Called one at a time for an account. Not called while `isReady` is false. */
  send(attempt: Attempt): Promise<AttemptOutcome>
  isReady(): boolean
  /**
   * A file of a row that was added, as a stream. `gone`: it can never be had; `too_large`: nor is it asked for. Anything
   * thrown is tried again later.
   */
  openSpooledFile(locator: unknown): Promise<{ body: ReadableStream<Uint8Array>; size: number } | 'gone' | 'too_large'>
  /** What a lost disk would lose; null where there is nothing to keep. The core seals it and sends it to the Worker. */
  checkpoint(): string | null
}
