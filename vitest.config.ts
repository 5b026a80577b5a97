import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { bundledPackages } from './test/worker/bundled-packages.ts'
import { answerRealMail, readRealPayloads } from './test/fixtures/real-payloads.ts'

const root = import.meta.dirname
const devVars = parseEnv(readFileSync(join(root, '.dev.vars.example'), 'utf8'))
const origins = 'http://localhost,https://inbox.example'

/** Workerd with the real configuration and migrations. Nothing reaches a network: what a test did not fake is refused. */
async function workerOptions() {
  // wrangler.toml names the folder of the built page; on a bare checkout there is none yet.
  mkdirSync(join(root, 'dist/page'), { recursive: true })
  // wrangler.toml lists the secrets that must be there; the bindings below are what the tests really see.
  for (const [name, value] of Object.entries(devVars)) process.env[name] ??= value
  const migrations = await readD1Migrations(join(root, 'migrations'))
  return {
    wrangler: { configPath: join(root, 'wrangler.toml') },
    miniflare: {
      bindings: {
        ...devVars,
        ALLOWED_ORIGINS: origins,
        TEST_MIGRATIONS: migrations,
        WHATSAPP_PAYLOADS: readRealPayloads(root, 'whatsapp'),
        MESSENGER_PAYLOADS: readRealPayloads(root, 'messenger'),
        INSTAGRAM_PAYLOADS: readRealPayloads(root, 'instagram'),
      },
      serviceBindings: { REAL_MAILS: (request: { url: string }) => answerRealMail(root, request.url) },
      outboundService: (request: { url: string }) =>
        new Response(`a test tried to reach ${new URL(request.url).origin}: fake it at fetch`, { status: 599 }),
    },
  }
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/**/*.worker.test.ts', 'test/e2e/**'],
          testTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest(workerOptions)],
        test: {
          name: 'worker',
          include: ['test/**/*.worker.test.ts'],
          exclude: ['test/simulator/**'],
          setupFiles: ['test/worker/setup.ts'],
          testTimeout: 20_000,
          deps: bundledPackages,
        },
      },
      // A Worker of its own, whose bindings fail on purpose.
      'test/simulator/vitest.config.ts',
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.e2e.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
})
