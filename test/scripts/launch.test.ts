import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const launcher = join(import.meta.dirname, '../../scripts/launch.mjs')
const lock = '{"name":"tiny"}'
const lockHash = createHash('sha256').update(lock).digest('hex')
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** A checkout in miniature: the launcher, a lock file, and an npm that only writes down how it was called. */
function checkout(files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'edge-inbox-launch-'))
  folders.push(root)
  write(root, 'package-lock.json', lock)
  write(root, 'package.json', '{"type":"module"}')
  const record = `require('node:fs').mkdirSync('node_modules', { recursive: true })
require('node:fs').appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n')
process.exit(Number(process.env.NPM_EXIT ?? 0))`
  write(root, 'npm/npm-cli.js', record)
  write(root, 'npm/package.json', '{}')
  for (const [path, text] of Object.entries(files)) write(root, path, text)
  mkdirSync(join(root, 'scripts'), { recursive: true })
  copyFileSync(launcher, join(root, 'scripts/launch.mjs'))
  return root
}

const installed = { 'node_modules/.edge-inbox-lock': `${lockHash}\n` }

function start(root: string, args: string[], env: Record<string, string> = {}) {
  const npm = { npm_execpath: join(root, 'npm/npm-cli.js') }
  const child = spawn(process.execPath, [join(root, 'scripts/launch.mjs'), ...args], {
    cwd: tmpdir(),
    env: { ...process.env, ...npm, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const done = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output }))
  })
  return { child, done, output: () => output }
}

const npmCalls = (root: string) =>
  existsSync(join(root, 'npm-calls')) ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n') : []

describe('the launcher', () => {
  it('runs a TypeScript file with its arguments from the root of the checkout', async () => {
    const script = 'const where: string = process.cwd(); console.log(where, ...process.argv.slice(2))'
    const root = checkout({ ...installed, 'scripts/a.ts': script })
    const { code, output } = await start(root, ['scripts/a.ts', 'one two', '--three']).done
    expect({ code, output: output.trim() }).toEqual({ code: 0, output: `${root} one two --three` })
    expect(npmCalls(root)).toEqual([])
  })

  it('ends with the exit code of what it ran', async () => {
    const root = checkout({ ...installed, 'a.ts': 'process.exit(7)' })
    expect((await start(root, ['a.ts']).done).code).toBe(7)
  })

  it('puts its Node and the installed tools before everything else in PATH', async () => {
    const root = checkout({ ...installed, 'a.ts': 'console.log(process.env.PATH)' })
    const { output } = await start(root, ['a.ts']).done
    expect(output.split(':').slice(0, 2)).toEqual([dirname(process.execPath), join(root, 'node_modules/.bin')])
  })

  it('installs when nothing was installed, says so, and not a second time', async () => {
    const root = checkout({ 'a.ts': 'console.log("ran")' })
    const first = await start(root, ['a.ts']).done
    const second = await start(root, ['a.ts']).done
    expect(first.output).toMatch(/Installing dependencies[\s\S]*ran/)
    expect(second.output.trim()).toBe('ran')
    expect(npmCalls(root)).toEqual([expect.stringMatching(/^ci --ignore-scripts .*--loglevel=error/)])
  })

  it('installs again when the lock file changed', async () => {
    const root = checkout({ ...installed, 'a.ts': '', 'package-lock.json': '{"name":"changed"}' })
    expect((await start(root, ['a.ts']).done).code).toBe(0)
    expect(npmCalls(root)).toHaveLength(1)
  })

  it('does not run anything when installing failed, and tries again the next time', async () => {
    const root = checkout({ 'a.ts': 'console.log("ran")' })
    const failed = await start(root, ['a.ts'], { NPM_EXIT: '1' }).done
    expect(failed.code).toBe(1)
    expect(failed.output).toContain('Installing failed')
    expect(failed.output).not.toContain('ran')
    expect((await start(root, ['a.ts']).done).output).toContain('ran')
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'hands %s on, so that the command can end cleanly',
    async (signal) => {
      const script = `process.on('${signal}', () => { console.log('ended'); process.exit(3) })
setInterval(() => {}, 1000)
console.log('up')`
      const run = start(checkout({ ...installed, 'a.ts': script }), ['a.ts'])
      await expect.poll(run.output, { timeout: 10_000 }).toContain('up')
      run.child.kill(signal)
      expect(await run.done).toMatchObject({ code: 3, output: expect.stringContaining('ended') as string })
    },
  )

  it('explains a tool that is not there', async () => {
    const { code, output } = await start(checkout(installed), ['no-such-tool']).done
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('no-such-tool') as string })
  })
})
