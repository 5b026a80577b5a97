import { readFileSync, readdirSync } from 'node:fs'

/** What a server's processes have used: processor time since their start, and memory now. */
export type Usage = { cpuSeconds: number; residentBytes: number }

/** The kernel counts processor time in these, on every Linux there is. */
const ticksPerSecond = 100
const pageBytes = 4096

/** Of `/proc/<pid>/stat`. The command's name stands in brackets and may hold anything, so reading starts behind it. */
export function parseStat(text: string): { parent: number; cpuSeconds: number; residentBytes: number } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  return {
    parent: field(4),
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    residentBytes: field(24) * pageBytes,
  }
}

/** Of a process and all that descend from it. Null where there is no `/proc`. */
export function usageOf(pid: number): Usage | null {
  const stats = readStats()
  if (stats === null) return null
  const tree = new Set([pid])
  // A child may have a lower number than its parent, so go round until nobody joins.
  for (let size = 0; size !== tree.size;) {
    size = tree.size
    for (const [child, stat] of stats) if (tree.has(stat.parent)) tree.add(child)
  }
  const total = { cpuSeconds: 0, residentBytes: 0 }
  for (const member of tree) {
    total.cpuSeconds += stats.get(member)?.cpuSeconds ?? 0
    total.residentBytes += stats.get(member)?.residentBytes ?? 0
  }
  return total
}

function readStats(): Map<number, ReturnType<typeof parseStat>> | null {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return new Map(pids.flatMap((name) => readStat(name)))
  } catch {
    return null // not Linux
  }
}

function readStat(name: string): [number, ReturnType<typeof parseStat>][] {
  try {
    return [[Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))]]
  } catch {
    return [] // ended meanwhile
  }
}
