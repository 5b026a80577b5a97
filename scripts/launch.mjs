#!/usr/bin/env node
// Runs a project command under a Node that the tools accept, on a machine that may only have an older one, after
// making sure that what package-lock.json names is installed. Plain JavaScript: Node 18 has to be able to read it.
//   node scripts/launch.mjs scripts/dev.ts [args]      node scripts/launch.mjs wrangler [args]
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.edge-inbox-lock')

/** @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}

// `npm ci` removes node_modules first and the stamp with it: an install that was interrupted is done again.
function installWhenNeeded() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8').trim() === wanted) return
  console.log('Installing dependencies (npm ci), this takes about a minute the first time …')
  // No install scripts are needed: every native part comes as a package of its own.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev']
  // The npm that called us, where it was npm: other package managers set the same variable.
  const npm = process.env.npm_execpath
  const [command, first] = npm?.endsWith('npm-cli.js') ? [process.execPath, [npm]] : ['npm', []]
  const done = spawnSync(command, [...first, ...args, '--include=optional'], { cwd: root, stdio: 'inherit' })
  if (done.status !== 0) fail('Installing failed: see the message of npm above, then run the same command again.')
  mkdirSync(modules, { recursive: true })
  writeFileSync(stampFile, `${wanted}\n`)
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/** The folder of the Node to use: the one from the registry where it exists and runs, else our own. */
function findNode() {
  const bin = join(modules, `node-${process.platform}-${process.arch}`, 'bin')
  if (existsSync(bin) && spawnSync(join(bin, 'node'), ['--version']).status === 0) return bin
  if (isNewEnough(process.version)) return dirname(process.execPath)
  return fail(
    `This project needs Node 22.18 or later; this is ${process.version}, and the registry's Node does not run on ` +
      `${process.platform}-${process.arch}.\nInstall Node 24 (https://nodejs.org) and run the same command again.`,
  )
}

const [command, ...args] = process.argv.slice(2)
if (!command) fail('Usage: node scripts/launch.mjs <script.ts or tool> [arguments]')
installWhenNeeded()
const node = join(findNode(), 'node')
const path = [dirname(node), join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter)
const isScript = /\.m?[jt]s$/.test(command)
const child = spawn(isScript ? node : command, isScript ? [command, ...args] : args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => fail(`Could not start ${command}: ${error.message}`))
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
