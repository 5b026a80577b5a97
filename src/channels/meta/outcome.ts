import type { Destination, InboundItem, ParsedUpdate } from '../channel.ts'

/** What reading one item came to. */
export type Outcome = { item: InboundItem } | { refused: string } | { ignored: string }

export function refusedUpdate(reason: string, raw: unknown, to?: Destination): ParsedUpdate {
  return { kind: 'refused', reason, raw, ...(to !== undefined && { to }) }
}

/** A fault of ours in one item must not cost its neighbours (G7), so it is quarantined like one of Meta's. */
export function attempt(read: () => Outcome): Outcome {
  try {
    return read()
  } catch {
    return { refused: 'parser.fault' }
  }
}
