import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { applyPatches, plantedFaults } from './planted-faults.ts'

const root = join(import.meta.dirname, '../..')

describe('the planted faults', () => {
  it('are at least fifteen, each with a name of its own', () => {
    expect(new Set(plantedFaults.map(({ name }) => name)).size).toBe(plantedFaults.length)
    expect(plantedFaults.length).toBeGreaterThanOrEqual(15)
  })

  it.each(plantedFaults)('$name finds its places in the sources and changes them', ({ patches }) => {
    for (const file of new Set(patches.map((patch) => patch.file))) {
      const source = readFileSync(join(root, file), 'utf8')
      expect(applyPatches(file, source, patches)).not.toBe(source)
    }
  })

  it('fail loudly when the source has changed', () => {
    const patch = { file: 'src/a.ts', find: 'x', replace: 'y' }
    expect(() => applyPatches('src/a.ts', 'nothing of it', [patch])).toThrow('0 times, not once')
    expect(() => applyPatches('src/a.ts', 'x and x', [patch])).toThrow('2 times, not once')
    expect(applyPatches('src/b.ts', 'untouched', [patch])).toBe('untouched')
  })
})
