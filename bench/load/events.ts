/**
 * Every event of a run carries `bench-` and eight digits at the end of its text, further back than any preview reaches,
 * so each event has it once. Finding it is all the generator does with a frame.
 */
export const marker = 'bench-'
const needle = Buffer.from(marker)
const digits = 8

export function markerOf(id: number): string {
  return `${marker}${String(id).padStart(digits, '0')}`
}

/** Calls `onEvent` with the id of every event between two places of a buffer. */
export function findEvents(buffer: Buffer, start: number, end: number, onEvent: (id: number) => void): void {
  let at = buffer.indexOf(needle, start)
  while (at >= 0 && at + needle.length + digits <= end) {
    let id = 0
    const from = at + needle.length
    for (let place = from; place < from + digits; place += 1) id = id * 10 + (buffer[place] ?? 0x30) - 0x30
    onEvent(id)
    at = buffer.indexOf(needle, from + digits)
  }
}

/** What is known of each event of one run: when it was sent, and when the first and the last socket had it. */
export type Ledger = {
  firstId: number
  count: number
  sockets: number
  sentAt: Float64Array
  firstAt: Float64Array
  lastAt: Float64Array
  receipts: Uint32Array
  deliveries: number
}

export function openLedger(firstId: number, count: number, sockets: number): Ledger {
  return {
    firstId,
    count,
    sockets,
    sentAt: new Float64Array(count),
    firstAt: new Float64Array(count),
    lastAt: new Float64Array(count),
    receipts: new Uint32Array(count),
    deliveries: 0,
  }
}

/** Counts one receipt in. True when that was the event's last one. Events of another run are not counted. */
export function countReceipt(ledger: Ledger, id: number, now: number): boolean {
  const at = id - ledger.firstId
  if (at < 0 || at >= ledger.count) return false
  ledger.deliveries += 1
  const receipts = (ledger.receipts[at] ?? 0) + 1
  ledger.receipts[at] = receipts
  if (receipts === 1) ledger.firstAt[at] = now
  if (receipts !== ledger.sockets) return false
  ledger.lastAt[at] = now
  return true
}

/** Deliveries that never came, and those that came more than once. */
export function faultsOf(ledger: Ledger): { missing: number; repeated: number } {
  let missing = 0
  let repeated = 0
  for (const receipts of ledger.receipts) {
    missing += Math.max(0, ledger.sockets - receipts)
    repeated += Math.max(0, receipts - ledger.sockets)
  }
  return { missing, repeated }
}
