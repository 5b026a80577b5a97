/** What one `send()` costs the runtime, whatever the hub does (measured: 20 to 30 µs). */
const sendMs = 0.02
const maxPauseMs = 50
/** Below this a pause saves nothing: there is hardly anybody to send to. */
const minPauseMs = 2

/** A round of sends: when, by whatever clock, and to how many. */
export type Round = { sentAt: number; sockets: number }

/**
 * How long the next commit waits after a round of sends, in ms. While frames to many sockets are still going out, another
 * event would only queue behind them; waiting lets it share a commit and a frame with those that come meanwhile. Nobody
 * waits at a low rate: by the time the next event comes the pause is over. A clock that jumps makes it no longer.
 */
export function pauseAfter({ sentAt, sockets }: Round, now: number): number {
  const pause = Math.min(maxPauseMs, sockets * sendMs)
  if (pause < minPauseMs) return 0
  return Math.max(0, pause - Math.max(0, now - sentAt))
}

/** Commits further apart than this are no load, and nobody waits. */
const busyMs = 5
const mostLooks = 8

/**
 * Whether callers may stand at the door: the last commit ended a moment ago, or its frames have only just gone out, and
 * while they did nobody was let in.
 */
export function isBusy(round: Round, committedAt: number, now: number): boolean {
  const sinceCommit = now - committedAt
  return sinceCommit >= 0 && sinceCommit <= busyMs + 2 * pauseAfter(round, round.sentAt)
}

/**
 * Lets callers in while that brings more of them. Each `look` gives the runtime a chance to read what has arrived. Where
 * the database is far away they come in during its calls; where it answers without a look at the network, callers would
 * come one by one, however many stand at the door. Only a caller who has company waits longer than a glance.
 */
export async function letIn(
  waiting: () => number,
  { hadCompany, look }: { hadCompany: boolean; look: (ms: number) => Promise<void> },
): Promise<void> {
  await look(0)
  let seen = hadCompany ? 0 : 1
  for (let looks = 0; looks < mostLooks && waiting() > seen; looks += 1) {
    seen = waiting()
    await look(1)
  }
}
