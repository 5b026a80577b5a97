import type { Channel } from '../types.ts'

type State = Channel['health']['state']

const rank: Readonly<Record<State, number>> = { down: 0, warning: 1, idle: 2, ok: 3 }

/** Channels in trouble first, otherwise as they came. */
export function byUrgency(channels: readonly Channel[]): Channel[] {
  return channels.toSorted((one, other) => rank[one.health.state] - rank[other.health.state])
}

/** The worst state that needs somebody, and how many channels do. */
export function troubleOf(channels: readonly Channel[]): { state: 'down' | 'warning' | null; count: number } {
  const down = channels.filter(({ health }) => health.state === 'down').length
  const warning = channels.filter(({ health }) => health.state === 'warning').length
  return { state: down > 0 ? 'down' : warning > 0 ? 'warning' : null, count: down + warning }
}
