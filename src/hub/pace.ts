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
