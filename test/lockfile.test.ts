import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const Names = z.record(z.string(), z.string()).optional()
const Lock = z.object({
  packages: z.record(z.string(), z.object({ dependencies: Names, optionalDependencies: Names })),
})

const text = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')
const { packages } = Lock.parse(JSON.parse(text))

/** Whether a package at `path` finds `name` in a node_modules of its own or of one above it. */
function isLocked(path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true
    if (at === '') return false
  }
}

describe('package-lock.json', () => {
  // `npm ci` refuses a lock with a hole, also where the hole is a package for another machine. A registry that lacks such
  // a package leaves one without a word.
  it('has every package that another one names, those for other machines included', () => {
    const holes = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
        .filter((name) => !isLocked(path, name))
        .map((name) => `${path}: ${name}`),
    )
    expect(holes).toEqual([])
  })

  it('has one runtime for development and tests', () => {
    const runtimes = Object.keys(packages).filter((path) => /node_modules\/(workerd|miniflare)$/.test(path))
    expect(runtimes.toSorted()).toEqual(['node_modules/miniflare', 'node_modules/workerd'])
  })
})
