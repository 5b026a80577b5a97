import { say, dim } from '../lib/terminal.ts'
import { pause } from './traffic.ts'

const minuteMs = 60_000
/** Until then the companion has taken its lease again, and nobody complains that it is missing in an inbox that was kept. */
const firstMs = 10_000

/** The local runtime fires no cron by itself, but does so when asked here. */
function addressOf(workerUrl: string, cron: string): string {
  return `${workerUrl}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent(cron)}`
}

async function poke(workerUrl: string, cron: string, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(addressOf(workerUrl, cron), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
    })
    await response.body?.cancel()
    if (!response.ok && !signal.aborted) say(dim(`The cron «${cron}» was answered ${response.status}.`))
  } catch (error) {
    if (!signal.aborted) say(dim(`The cron «${cron}» could not be fired: ${String(error)}`))
  }
}

/** Fires the Worker's crons as a deployment would: every minute, and every hour, the first one soon. */
export async function keepCronGoing(workerUrl: string, signal: AbortSignal): Promise<void> {
  await pause(firstMs, signal)
  for (let minute = 0; !signal.aborted; minute += 1) {
    if (minute % 60 === 1) await poke(workerUrl, '17 * * * *', signal)
    await poke(workerUrl, '* * * * *', signal)
    await pause(minuteMs, signal)
  }
}
