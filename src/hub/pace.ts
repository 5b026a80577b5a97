/** What one `send()` costs the runtime, whatever the hub does (measured: 20 to 30 µs). */
const sendMs = 0.02
const maxPauseMs = 50
/** Below this a pause saves nothing: there is hardly anybody to send to. */
const minPauseMs = 2

/**
 * How long after a round of sends the next commit waits, in ms. While frames to many sockets are still going out, another
 * event would only queue behind them; waiting lets it share a commit and a frame with those that come meanwhile. Nobody
 * waits at a low rate: by the time the next event comes the pause is over.
 */
export function pauseAfterSending(sockets: number): number {
  const pause = Math.min(maxPauseMs, sockets * sendMs)
  return pause < minPauseMs ? 0 : pause
}
