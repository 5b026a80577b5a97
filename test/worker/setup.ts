import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

// A suite that silently fell back to Node would prove nothing about the runtime we deploy to.
if (navigator.userAgent !== 'Cloudflare-Workers') throw new Error(`not workerd but ${navigator.userAgent}`)

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
