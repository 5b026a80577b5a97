import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { runTool } from './run.ts'
import { dim, green, red, say, seconds } from './terminal.ts'

/** One step of the gate: a tool with its arguments. `{temp}` in an argument becomes a folder that is removed afterwards. */
export type Check = { name: string; tool: string; args: readonly string[] }

/** Everything but the tests. */
export const checks: readonly Check[] = [
  { name: 'generated types', tool: 'wrangler', args: ['types', '--strict-vars=false', '--check'] },
  { name: 'format', tool: 'oxfmt', args: ['--check'] },
  { name: 'lint', tool: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'types (worker)', tool: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'types (client, page)', tool: 'tsc', args: ['-p', 'src/client/tsconfig.json'] },
  { name: 'types (companion)', tool: 'tsc', args: ['-p', 'companion/tsconfig.json'] },
  { name: 'types (tests, scripts)', tool: 'tsc', args: ['-p', 'test/tsconfig.json'] },
  { name: 'types (simulator)', tool: 'tsc', args: ['-p', 'test/simulator/tsconfig.json'] },
  { name: 'types (benchmark)', tool: 'tsc', args: ['-p', 'bench/tsconfig.json'] },
  { name: 'unused code', tool: 'knip', args: [] },
  { name: 'page build', tool: 'vite', args: ['build'] },
  {
    name: 'deploy (dry run)',
    tool: 'wrangler',
    args: ['deploy', '--dry-run', '--env', 'production', '--outdir', '{temp}'],
  },
]

export function isVerbose(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env['VERBOSE'])
}

/** Prints how one step went; its output is shown when it failed or when VERBOSE asks for it. */
export function reportStep(name: string, step: { ok: boolean; ms: number; output: string; note?: string }): void {
  const mark = step.ok ? green('✓') : red('✗')
  say(`${mark} ${name}${step.note ? ` ${step.note}` : ''} ${dim(seconds(step.ms))}`)
  const isShown = !step.ok || isVerbose(process.env)
  // Some tools colour what they write whenever CI is set, whatever NO_COLOR says.
  const output = process.stdout.isTTY ? step.output : stripVTControlCharacters(step.output)
  if (isShown && output.trim()) say(output.trimEnd())
}

async function runCheck(check: Check, temp: string): Promise<boolean> {
  const startedAt = performance.now()
  const args = check.args.map((arg) => arg.replace('{temp}', temp))
  const { code, output } = await runTool(check.tool, args)
  reportStep(check.name, { ok: code === 0, ms: performance.now() - startedAt, output })
  return code === 0
}

/** Runs every check, also after one failed: a developer wants the whole list. Gives the names of those that failed. */
export async function runChecks(): Promise<string[]> {
  const temp = mkdtempSync(join(tmpdir(), 'edge-inbox-'))
  const failed: string[] = []
  try {
    for (const check of checks) {
      if (!(await runCheck(check, temp))) failed.push(check.name)
    }
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
  return failed
}
