import { type Hono } from 'hono'
import { generateSpecs } from 'hono-openapi'
import type { AppEnv } from './app-env.ts'
import { securitySchemes } from './describe.ts'

const documentation = {
  info: {
    title: 'Edge Inbox',
    version: '1.0.0',
    description:
      'Messages of WhatsApp, Messenger, Instagram, e-mail and Telegram in one live inbox. ' +
      'Errors are `{"error":{"code","message"}}`; the codes are listed with each status.',
  },
  components: { securitySchemes },
}

/** The description of every route that describes itself. */
export function describeApp(app: Hono<AppEnv>) {
  return generateSpecs(app, {
    documentation,
    // /openapi.json would pass for a static file.
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
  })
}
