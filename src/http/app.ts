import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { AppError } from '../lib/app-error.ts'
import { loadConfig, refusePublicHost } from '../lib/config.ts'
import { adminChannelRoutes } from './admin-channels.routes.ts'
import { adminMetaAppRoutes } from './admin-meta-apps.routes.ts'
import { adminServiceKeyRoutes } from './admin-service-keys.routes.ts'
import { adminTenantRoutes } from './admin-tenants.routes.ts'
import type { AppEnv } from './app-env.ts'
import { attachmentRoutes } from './attachments.routes.ts'
import { authRoutes } from './auth.routes.ts'
import { broadcastRoutes } from './broadcast.routes.ts'
import { channelRoutes } from './channels.routes.ts'
import { companionCheckpointRoutes } from './companion-checkpoints.routes.ts'
import { companionCommandRoutes } from './companion-commands.routes.ts'
import { companionRoutes } from './companion.routes.ts'
import { conversationRoutes } from './conversations.routes.ts'
import { cors } from './cors.ts'
import { digestRoutes } from './digest.routes.ts'
import { envelope, onError } from './errors.ts'
import { eventRoutes } from './events.routes.ts'
import { fileRoutes } from './files.routes.ts'
import { healthRoutes } from './health.routes.ts'
import { inboundEmailRoutes } from './inbound-email.routes.ts'
import { mailRoutes } from './mail.routes.ts'
import { noteRoutes } from './notes.routes.ts'
import { notificationRoutes } from './notifications.routes.ts'
import { notifyRoutes } from './notify.routes.ts'
import { describeApp } from './openapi.ts'
import { pageRoutes } from './page.ts'
import { pushRoutes } from './push.routes.ts'
import { quarantineRoutes } from './quarantine.routes.ts'
import { reactionRoutes } from './reactions.routes.ts'
import { replyRoutes } from './replies.routes.ts'
import { securityHeaders } from './security-headers.ts'
import { socketRoutes } from './sockets.routes.ts'
import { templateRoutes } from './templates.routes.ts'
import { typingRoutes } from './typing.routes.ts'
import { uploadRoutes } from './uploads.routes.ts'
import { userRoutes } from './users.routes.ts'
import { webhookEndpointRoutes } from './webhook-endpoints.routes.ts'
import { webhookRoutes } from './webhooks.routes.ts'

/** Nothing of the API runs on an environment that is incomplete, or on secrets that everybody knows. */
const useConfig = createMiddleware<AppEnv>(async (c, next) => {
  const config = loadConfig(c.env)
  refusePublicHost(config, new URL(c.req.url).hostname)
  c.set('config', config)
  await next()
})

export const app = new Hono<AppEnv>()
  .use(securityHeaders)
  .use('/api/*', useConfig, cors)
  .use('/healthz', useConfig)
  .route('/', healthRoutes)
  .route('/', authRoutes)
  .route('/', userRoutes)
  .route('/', adminTenantRoutes)
  .route('/', adminServiceKeyRoutes)
  .route('/', adminChannelRoutes)
  .route('/', adminMetaAppRoutes)
  .route('/', quarantineRoutes)
  .route('/', webhookRoutes)
  .route('/', broadcastRoutes)
  .route('/', uploadRoutes)
  .route('/', inboundEmailRoutes)
  .route('/', companionRoutes)
  .route('/', companionCommandRoutes)
  .route('/', companionCheckpointRoutes)
  .route('/', conversationRoutes)
  .route('/', replyRoutes)
  .route('/', noteRoutes)
  .route('/', reactionRoutes)
  .route('/', typingRoutes)
  .route('/', attachmentRoutes)
  .route('/', mailRoutes)
  .route('/', fileRoutes)
  .route('/', eventRoutes)
  .route('/', notificationRoutes)
  .route('/', notifyRoutes)
  .route('/', pushRoutes)
  .route('/', digestRoutes)
  .route('/', webhookEndpointRoutes)
  .route('/', channelRoutes)
  .route('/', templateRoutes)
  .route('/', socketRoutes)
  .route('/', pageRoutes)

export type App = typeof app

app.get('/openapi.json', async (c) => c.json(await describeApp(app)))
app.onError(onError)
app.notFound((c) => {
  const allowed = methodsAt(c.req.path)
  if (allowed.length === 0 || allowed.includes(c.req.method)) {
    return envelope(c, new AppError('route.not_found', 404, 'There is nothing at this address.'))
  }
  c.header('Allow', allowed.join(', '))
  return envelope(c, new AppError('method.not_allowed', 405, 'This address does not take this method.'))
})

/** Methods that have a handler at a path, apart from what runs for every path. */
function methodsAt(path: string): string[] {
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  )
}
