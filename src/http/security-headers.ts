import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './app-env.ts'

/** For what the Worker itself answers; the page's own are in `ui/public/_headers`. A route that says more keeps its word. */
const defaults: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  if (c.res.status === 101) return // the upgrade's answer belongs to its socket and cannot be made anew
  // With this hono makes the answer anew, as it would for each further header; then its headers can be set directly.
  c.header('X-Content-Type-Options', 'nosniff')
  const { headers } = c.res
  for (const [name, value] of Object.entries(defaults)) {
    if (!headers.has(name)) headers.set(name, value)
  }
  if (c.req.url.startsWith('https:')) headers.set('Strict-Transport-Security', 'max-age=31536000')
})
