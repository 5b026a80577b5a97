import { existsSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { paths, root } from './paths.ts'
import { runTool } from './run.ts'
import { ScriptError } from './terminal.ts'

// What the page is made of: a change in any of these makes a built page stale.
const sources = ['src/ui', 'src/client', 'src/protocol', 'src/lib', 'vite.config.ts', 'package-lock.json']

async function newestChange(path: string): Promise<number> {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const times = entries.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs)
  return Math.max(stat.mtimeMs, ...times)
}

export async function isPageStale(): Promise<boolean> {
  const built = join(paths.page, 'index.html')
  if (!existsSync(built)) return true
  const changes = await Promise.all(sources.map((source) => newestChange(join(root, source))))
  return Math.max(...changes) > statSync(built).mtimeMs
}

export async function buildPage(): Promise<void> {
  const { code, output } = await runTool('vite', ['build'])
  if (code !== 0) throw new ScriptError(`Building the page failed:\n${output}`)
}
