import { Hono } from 'hono'
import type { AppEnv } from './app-env.ts'

/** File names carry a digest of their content. */
const immutable = 'public, max-age=31536000, immutable'

/**
 * The built page's files. Anything unknown would get the page itself with status 200, and a browser that asked for a
 * script of an older version would keep it for a year: so a missing file is a real 404.
 */
export const pageRoutes = new Hono<AppEnv>().get('/assets/*', async (c) => {
  const file = await c.env.ASSETS.fetch(c.req.raw)
  const isPage = file.headers.get('content-type')?.startsWith('text/html') === true
  if (isPage || (file.status !== 200 && file.status !== 304 && file.status !== 206)) return c.notFound()
  const answer = new Response(file.body, file)
  answer.headers.set('Cache-Control', immutable)
  return answer
})
