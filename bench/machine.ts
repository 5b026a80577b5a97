import { availableParallelism, cpus, release, totalmem } from 'node:os'

/** What figures were taken on. */
export function machine(): string {
  const gib = Math.round(totalmem() / 1024 ** 3)
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${gib} GiB, Linux ${release()}, Node ${process.version}`
}
