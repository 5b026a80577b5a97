// The real Worker with a counter in front of D1, where it is asked how often the database is called, or what is written.
// Every other row runs the Worker as it is.
import { app } from '../../src/http/app.ts'
import { TenantHub as RealHub } from '../../src/hub/tenant-hub.ts'

const calls = { reads: 0, batches: 0, rowsWritten: 0 }
const plain = Symbol('the statement itself')
type Counted = D1PreparedStatement & { [plain]?: D1PreparedStatement }

function countStatement(statement: D1PreparedStatement): D1PreparedStatement {
  return new Proxy(statement, {
    get(target, name) {
      if (name === plain) return target
      if (name === 'bind') return (...values: unknown[]) => countStatement(target.bind(...values))
      if (name === 'all' || name === 'first' || name === 'raw' || name === 'run') calls.reads += 1
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function countDatabase(d1: D1Database): D1Database {
  return new Proxy(d1, {
    get(target, name) {
      if (name === 'prepare') return (query: string) => countStatement(target.prepare(query))
      if (name === 'batch') {
        return async (statements: Counted[]) => {
          calls.batches += 1
          const results = await target.batch(statements.map((statement) => statement[plain] ?? statement))
          for (const { meta } of results) calls.rowsWritten += meta.rows_written
          return results
        }
      }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

const counted = new WeakMap<Env, Env>()

function withCounter(env: Env): Env {
  const known = counted.get(env) ?? { ...env, DB: countDatabase(env.DB) }
  counted.set(env, known)
  return known
}

export class TenantHub extends RealHub {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, withCounter(env))
  }
}

// oxlint-disable-next-line import/no-default-export -- workerd takes a Worker's entrance from there
export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    if (new URL(request.url).pathname === '/bench/d1') return Response.json(calls)
    return app.fetch(request, withCounter(env), ctx)
  },
} satisfies ExportedHandler<Env>
