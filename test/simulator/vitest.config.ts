import { readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseEnv } from 'node:util'
import { build, type Plugin } from 'vite'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { bundledPackages } from '../worker/bundled-packages.ts'
import { applyPatches, plantedFaults } from './planted-faults.ts'

const root = join(import.meta.dirname, '../..')
const devVars = parseEnv(readFileSync(join(root, '.dev.vars.example'), 'utf8'))
// Set by `npm run simulate`. `npm test` sets none of it: a short run, always of the same histories.
const { SIMULATOR_SEED = '1', SIMULATOR_FIRST = '1', SIMULATOR_HISTORIES = '25', SIMULATOR_STOP } = process.env
/** Each import of another module costs a look-up at every use in vitest's runner: a long run has all in one piece. */
const isLongRun = process.env['SIMULATOR_REPORT'] === 'lines'

async function workerOptions(folder: string) {
  for (const [name, value] of Object.entries(devVars)) process.env[name] ??= value
  const migrations = await readD1Migrations(join(root, 'migrations'))
  return {
    main: join(folder, isLongRun ? 'worker.js' : 'worker.ts'),
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

/** The Worker and the histories as modules without imports of ours or of packages. Gives their folder. */
async function bundle(plugin: Plugin): Promise<string> {
  const outDir = join(root, '.simulator', String(process.pid))
  process.once('exit', () => rmSync(outDir, { recursive: true, force: true }))
  const input = ['worker', 'histories.worker.test'].map((name) => [name, join(import.meta.dirname, `${name}.ts`)])
  await build({
    ...{ configFile: false, root, publicDir: false, logLevel: 'warn', plugins: [plugin] },
    ssr: { noExternal: true, target: 'webworker' },
    build: {
      ...{ ssr: true, target: 'esnext', minify: false, outDir },
      rolldownOptions: {
        input: Object.fromEntries(input) as Record<string, string>,
        external: [/^cloudflare:/, /^node:/, 'vitest'],
        // Shortened, one of many names is some day a word of the language, which the runner cannot export again.
        output: { entryFileNames: '[name].js', minifyInternalExports: false },
      },
    },
  })
  return outDir
}

export default defineConfig(async () => {
  const fault = plantFault(process.env['SIMULATOR_FAULT'])
  const folder = isLongRun ? await bundle(fault) : import.meta.dirname
  return {
    plugins: [...(isLongRun ? [] : [fault]), cloudflareTest(() => workerOptions(folder))],
    test: {
      name: 'simulator',
      root,
      include: [`${relative(root, folder)}/*.worker.test.*`],
      setupFiles: ['test/worker/setup.ts'],
      testTimeout: 24 * 3_600_000,
      deps: bundledPackages,
    },
  }
})
