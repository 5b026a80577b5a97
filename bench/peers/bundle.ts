import { join } from 'node:path'
import { runTool } from '../../scripts/lib/run.ts'
import { root } from '../../scripts/lib/paths.ts'

const bundles = new Map<string, Promise<string>>()

/** Bundles a Worker as a deployment would, once for each run of the benchmark. Gives the file. */
export function bundle(entry: string, workDir: string): Promise<string> {
  const known = bundles.get(entry) ?? build(entry, workDir)
  bundles.set(entry, known)
  return known
}

async function build(entry: string, workDir: string): Promise<string> {
  const name = entry.replaceAll(/[^a-z]+/g, '-')
  const outfile = join(workDir, `${name}.js`)
  const args = ['--bundle', '--format=esm', '--target=es2024', '--conditions=workerd,worker,browser']
  const { code, output } = await runTool('esbuild', [
    join(root, entry),
    ...args,
    '--external:cloudflare:*',
    '--external:node:*',
    `--outfile=${outfile}`,
  ])
  if (code !== 0) throw new Error(`Bundling ${entry} failed:\n${output}`)
  return outfile
}
