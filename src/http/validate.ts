// Trust boundary: what comes over HTTP is unknown until a schema has read it.
import { resolver, uniqueSymbol } from 'hono-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import type { AppEnv } from './app-env.ts'
import { readBody, refuseEncodedBody } from './read-body.ts'
import { readJson } from './read-json.ts'

/** Largest JSON body of ordinary routes, in bytes. */
const maxJsonBytes = 64 * 1024

type Target = 'json' | 'query' | 'param'
type Validated<Schema extends z.ZodType, T extends Target> = {
  in: { [Name in T]: z.input<Schema> }
  out: { [Name in T]: z.output<Schema> }
}

/**
 * Reads one part of a request through a schema, for `c.req.valid(target)`, and puts the schema into openapi.json.
 * `maxBytes` is for JSON bodies.
 * @throws AppError 400 `request.invalid` naming the fields, 413 or 415 for a body of the wrong kind.
 */
export function validate<T extends Target, Schema extends z.ZodType>(
  target: T,
  schema: Schema,
  { maxBytes = maxJsonBytes }: { maxBytes?: number } = {},
): MiddlewareHandler<AppEnv, string, Validated<Schema, T>> {
  const middleware: MiddlewareHandler<AppEnv, string, Validated<Schema, T>> = async (c, next) => {
    const parsed = schema.safeParse(await readTarget(c, target, maxBytes))
    if (!parsed.success) throw invalid(target, parsed.error)
    c.req.addValidatedData(target, parsed.data as object)
    await next()
  }
  return Object.assign(middleware, { [uniqueSymbol]: { target, ...resolver(schema, { options: { io: 'input' } }) } })
}

function readTarget(c: Context<AppEnv>, target: Target, maxBytes: number): unknown {
  switch (target) {
    case 'json':
      return readJsonBody(c, maxBytes)
    case 'param':
      return c.req.param()
    case 'query':
      return readQuery(new URL(c.req.url).searchParams)
  }
}

/** A parameter given twice is a list, which no schema of ours takes: it must not depend on who reads first or last. */
function readQuery(params: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(params.keys())]
  return Object.fromEntries(
    names.map((name) => {
      const [value = '', ...more] = params.getAll(name)
      return [name, more.length === 0 ? value : [value, ...more]]
    }),
  )
}

async function readJsonBody(c: Context<AppEnv>, maxBytes: number): Promise<unknown> {
  // Only this type: a page of another origin cannot send it without asking first (CORS preflight).
  if (!/^application\/json(?:\s*;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new AppError('body.not_json', 415, 'Send the body as application/json.')
  }
  refuseEncodedBody(c.req.raw)
  const reading = readJson(await readBody(c.req.raw, maxBytes))
  if (!reading.ok) throw new AppError('request.invalid', 400, 'The body is no JSON that can be read.')
  return reading.value
}

/** Names the fields and what is asked of them; what was sent is not repeated. */
function invalid(target: Target, error: z.ZodError): AppError {
  const problems = error.issues.slice(0, 10).map((issue) => `${fieldOf(target, issue)}: ${issue.message}`)
  return new AppError('request.invalid', 400, problems.join('; ').slice(0, 1000))
}

function fieldOf(target: Target, issue: z.core.$ZodIssue): string {
  const part = target === 'json' ? 'body' : target
  return issue.path.length === 0 ? part : issue.path.map(String).join('.')
}
