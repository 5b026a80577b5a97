/** Every wait of a mailbox, in ms. Tests shorten them. */
export type MailTiming = {
  /** A server may end an IDLE after half an hour, a router in between much sooner. */
  maxIdleMs: number
  /** Silence on a socket after which its other end has to prove that it is still there. */
  socketTimeoutMs: number
  connectMs: number
  /** However silent IDLE is, the folder is looked at again after this long. */
  syncEveryMs: number
  /** One step, such as fetching a lot of mail: a server that only trickles is never silent. */
  stepMs: number
  /** A mail that the server does not hand over is asked for this long, and its header for as long again. */
  patienceMs: number
  /** How long a connection may be gone before it is told. */
  unreachableAfterMs: number
  reconnect: { firstMs: number; mostMs: number }
  /** After a refused login. Mailboxes are locked for too many of them. */
  login: { firstMs: number; mostMs: number }
  /** How long an errand's connection is kept for the next one. */
  errandIdleMs: number
  smtp: {
    socketTimeoutMs: number
    retry: { firstMs: number; mostMs: number }
    /** How long after its last byte a mail whose answer was lost may still turn up in the sent folder. */
    settleMs: number
    /** A mail that was only ever put off is given up after this long. */
    giveUpMs: number
  }
}

const second = 1000
const minute = 60 * second

/** A dead link is noticed after about `syncEveryMs + socketTimeoutMs`. */
export const mailTiming: MailTiming = {
  maxIdleMs: 120 * second,
  socketTimeoutMs: 60 * second,
  connectMs: 30 * second,
  // Sooner than the socket's silence is noticed: the look is what breaks it.
  syncEveryMs: 55 * second,
  stepMs: 15 * minute,
  patienceMs: 15 * minute,
  unreachableAfterMs: 60 * second,
  reconnect: { firstMs: second, mostMs: minute },
  login: { firstMs: minute, mostMs: 30 * minute },
  errandIdleMs: 30 * second,
  smtp: {
    // RFC 5321 §4.5.3.2: a server may take ten minutes over its last answer; half of that loses nothing but a look.
    socketTimeoutMs: 5 * minute,
    retry: { firstMs: 30 * second, mostMs: 30 * minute },
    settleMs: minute,
    giveUpMs: 48 * 60 * minute,
  },
}

/** Doubles with each failure in a row, from the first (1) on. */
export function steppedMs({ firstMs, mostMs }: { firstMs: number; mostMs: number }, failures: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(Math.max(failures, 1) - 1, 20))
}

/** Full jitter: anything between none and all of the step, so that what broke together does not come back together. */
export function jitteredMs(range: { firstMs: number; mostMs: number }, failures: number, random: () => number): number {
  return Math.ceil(random() * steppedMs(range, failures))
}
