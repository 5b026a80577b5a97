import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The processes of the companion that works in this folder, as Linux knows them. */
export function companionPids(stateDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const isCompanion = readIfThere(pid, 'cmdline').includes('companion/main.ts')
      return isCompanion && readIfThere(pid, 'environ').includes(`DATA_DIR=${stateDir}/`)
    })
    .map(Number)
}

function readIfThere(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'latin1')
  } catch {
    // It has ended in between, or belongs to somebody else.
    return ''
  }
}
