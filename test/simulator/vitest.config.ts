import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseEnv } from 'node:util'
import type { Plugin } from 'vite'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { bundledPackages } from '../worker/bundled-packages.ts'
import { applyPatches, plantedFaults } from './planted-faults.ts'

const root = join(import.meta.dirname, '../..')
const devVars = parseEnv(readFileSync(join(root, '.dev.vars.example'), 'utf8'))
// Set by `npm run simulate`. `npm test` sets none of it: a short run, always of the same histories.
const { SIMULATOR_SEED = '1', SIMULATOR_FIRST = '1', SIMULATOR_HISTORIES = '25', SIMULATOR_STOP } = process.env

async function workerOptions() {
  for (const [name, value] of Object.entries(devVars)) process.env[name] ??= value
  const migrations = await readD1Migrations(join(root, 'migrations'))
  return {
    main: join(import.meta.dirname, 'worker.ts'),
    wrangler: { configPath: join(root, 'wrangler.toml') },
    miniflare: {
      bindings: {
        ...devVars,
        ALLOWED_ORIGINS: 'http://localhost',
        TEST_MIGRATIONS: migrations,
        SIMULATOR: {
          seed: SIMULATOR_SEED,
          first: Number(SIMULATOR_FIRST),
          histories: Number(SIMULATOR_HISTORIES),
          stopsAtFinding: SIMULATOR_STOP === 'at-finding',
        },
      },
      serviceBindings: {
        // The way out of workerd for a line that must not wait for the end of the test.
        async REPORT(request: Request) {
          if (process.env['SIMULATOR_REPORT'] === 'lines') process.stdout.write(`@simulator ${await request.text()}\n`)
          return new Response(null, { status: 204 })
        },
      },
    },
  }
}

/** Changes the sources on their way into workerd, by the fault that is named. They stay as they are on disk. */
function plantFault(name: string | undefined): Plugin {
  const fault = plantedFaults.find((one) => one.name === name)
  if (name !== undefined && fault === undefined) throw new Error(`There is no planted fault ${name}`)
  return {
    name: 'plant-fault',
    enforce: 'pre',
    transform: (code, id) => applyPatches(relative(root, id.split('?')[0] ?? id), code, fault?.patches ?? []),
  }
}

export default defineConfig({
  plugins: [plantFault(process.env['SIMULATOR_FAULT']), cloudflareTest(workerOptions)],
  test: {
    name: 'simulator',
    root,
    include: ['test/simulator/*.worker.test.ts'],
    setupFiles: ['test/worker/setup.ts'],
    testTimeout: 24 * 3_600_000,
    deps: bundledPackages,
  },
})
