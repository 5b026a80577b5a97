import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll } from 'vitest'

// A suite that silently fell back to Node would prove nothing about the runtime we deploy to.
if (navigator.userAgent !== 'Cloudflare-Workers') throw new Error(`not workerd but ${navigator.userAgent}`)

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)

// A file that ends in the middle of a socket's closing handshake may keep the runtime from ending.
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 400))
})
