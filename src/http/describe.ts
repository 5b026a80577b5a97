import { type DescribeRouteOptions, describeRoute, resolver } from 'hono-openapi'
import type { MiddlewareHandler } from 'hono'
import type { z } from 'zod'
import { ErrorBody } from '../protocol/api.ts'

/** Who may call a route: the rows of the table of callers. `anyone`: no credential, or one of its own in the request. */
export type CallerKind = 'operator' | 'service' | 'user' | 'service_or_user' | 'anyone'

/** What a route answers: the schema of a JSON body, or words for what is not JSON. */
type Answer = z.ZodType | { description: string; media?: string }

export type RouteDescription = {
  tag: string
  summary: string
  description?: string
  caller: CallerKind
  /** Successful answers by status. */
  answers: Readonly<Record<number, Answer>>
  /** Refusals besides those that every caller of this kind may meet, with the codes they carry. */
  errors?: Readonly<Record<number, string>>
  /** Of a body that no schema reads: its media type and what is in it. */
  body?: { media: string; description: string }
}

export const securitySchemes = {
  operator: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN' },
  service: { type: 'http', scheme: 'bearer', description: 'A service key: eik_<id>_<secret>' },
  user: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'HS256 by AUTH_SECRET' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-edge-inbox-session',
    description: "The page's own session; anything but a GET needs an allowed Origin.",
  },
} as const

const security: Readonly<Record<CallerKind, Record<string, string[]>[]>> = {
  operator: [{ operator: [] }],
  service: [{ service: [] }],
  user: [{ user: [] }, { session: [] }],
  service_or_user: [{ service: [] }, { user: [] }, { session: [] }],
  anyone: [],
}

const commonErrors: Readonly<Record<number, string>> = {
  400: '`request.invalid`',
  500: '`internal`',
  503: '`store.unavailable`, `hub.unavailable`, `config.invalid`',
}
const callerErrors: Readonly<Record<CallerKind, Readonly<Record<number, string>>>> = {
  operator: { 401: '`auth.required`, `auth.invalid`' },
  service: {
    401: '`auth.required`, `auth.invalid`',
    403: '`scope.missing`, `tenant.disabled`',
    429: '`key.too_fast`, with Retry-After',
  },
  user: { 401: '`auth.required`, `auth.invalid`, `auth.revoked`', 403: '`origin.refused`, `tenant.disabled`' },
  service_or_user: {
    401: '`auth.required`, `auth.invalid`, `auth.revoked`',
    403: '`scope.missing`, `origin.refused`, `tenant.disabled`',
    429: '`key.too_fast`, with Retry-After',
  },
  anyone: {},
}

/** Says in openapi.json what a route does. It changes nothing at run time. */
export function describe(route: RouteDescription): MiddlewareHandler {
  const errors = { ...commonErrors, ...callerErrors[route.caller], ...route.errors }
  const spec: DescribeRouteOptions = {
    tags: [route.tag],
    summary: route.summary,
    security: security[route.caller],
    responses: {
      ...mapValues(route.answers, answerSpec),
      ...mapValues(errors, (codes) => ({ description: codes, content: json(ErrorBody) })),
    },
  }
  if (route.description !== undefined) spec.description = route.description
  if (route.body !== undefined) {
    const content = { [route.body.media]: { schema: { type: 'string' as const, format: 'binary' } } }
    spec.requestBody = { required: true, description: route.body.description, content }
  }
  return describeRoute(spec)
}

function answerSpec(answer: Answer) {
  if (isSchema(answer)) return { description: 'Done', content: json(answer) }
  const { description, media } = answer
  if (media === undefined) return { description }
  return { description, content: { [media]: { schema: { type: 'string' as const } } } }
}

function isSchema(answer: Answer): answer is z.ZodType {
  return '_zod' in answer
}

function json(schema: z.ZodType) {
  return { 'application/json': { schema: resolver(schema, { options: { io: 'output' } }) } }
}

function mapValues<Value, Result>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))
}
