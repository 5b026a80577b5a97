import { z } from 'zod'

/** As much as is needed of what the companion's `/status` says. */
export const Status = z.object({ accounts: z.array(z.object({ state: z.string(), pending: z.number() })) })
export type CompanionStatus = z.infer<typeof Status>

export function areConnected({ accounts }: CompanionStatus): boolean {
  return accounts.length > 0 && accounts.every(({ state }) => state === 'connected')
}

/** Messages on the disk that the Worker does not have yet. */
export function waitingIn({ accounts }: CompanionStatus): number {
  return accounts.reduce((sum, { pending }) => sum + pending, 0)
}

/** The most memory a process ever had, of its `/proc/<pid>/status`. */
export function peakBytes(text: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN) * 1024
}
