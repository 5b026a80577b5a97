import type { JournalEvent } from '../protocol/frames.ts'
import { applyEvent, type View } from './apply-event.ts'
import type { InboxState } from './inbox-state.ts'
import type { Store } from './store.ts'

/** Events kept for views whose rows were read before they happened and arrive after them. */
const maxRecent = 500

/**
 * Keeps every view at its own position: rows are loaded as of some `seq`, and only later events are applied to them.
 */
export type ViewPositions = {
  /** Applies an event to every view that has not seen it. */
  apply(event: JournalEvent): void
  /**
   * The rows of `view` in the store are those as of `asOf`. Events that came meanwhile are applied. False: some are no
   * longer at hand, so the journal has to be read again from `asOf`.
   */
  install(view: View, asOf: number): boolean
  /** Applies again what happened after `asOf`, to rows that joined a view from an older reading. As for `install`. */
  replay(view: View, asOf: number): boolean
  positionOf(view: View): number | null
  /** The earliest position of any view; null when nothing was loaded. */
  earliest(): number | null
  forget(view: View): void
  /** Events after `seq` will follow, whatever came before. */
  begin(seq: number): void
  /** Forgets every view: the numbers start over. */
  reset(): void
}

export function createViewPositions(store: Store<InboxState>): ViewPositions {
  const positions = new Map<View, number>()
  let recent: JournalEvent[] = []
  let recentAfter = 0
  const replay = (view: View, asOf: number): boolean => {
    for (const event of recent) {
      if (event.seq > asOf) store.set(applyEvent(store.get(), view, event))
    }
    return asOf >= recentAfter
  }
  return {
    replay,
    apply(event) {
      if (event.seq > (recent.at(-1)?.seq ?? recentAfter)) recent.push(event)
      if (recent.length > maxRecent) recentAfter = recent.shift()?.seq ?? recentAfter
      let state = store.get()
      for (const [view, position] of positions) {
        if (event.seq <= position) continue
        state = applyEvent(state, view, event)
        positions.set(view, event.seq)
      }
      store.set(state)
    },
    install(view, asOf) {
      const isComplete = replay(view, asOf)
      // Where something is missing the view stays at `asOf`, so that reading the journal again brings it up.
      positions.set(view, isComplete ? Math.max(asOf, recent.at(-1)?.seq ?? 0) : asOf)
      return isComplete
    },
    positionOf: (view) => positions.get(view) ?? null,
    earliest: () => (positions.size === 0 ? null : Math.min(...positions.values())),
    forget: (view) => void positions.delete(view),
    begin(seq) {
      recent = []
      recentAfter = seq
    },
    reset() {
      positions.clear()
      recent = []
      recentAfter = 0
    },
  }
}
