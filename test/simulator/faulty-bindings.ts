import type { Faults } from './faults.ts'

type Guard = <Result>(work: () => Promise<Result>) => Promise<Result>

const originals = new WeakMap<object, D1PreparedStatement>()

/** A prepared statement whose calls may fail. `batch` needs the original, so it is remembered. */
function guardStatement(statement: D1PreparedStatement, guard: Guard): D1PreparedStatement {
  const guarded = {
    bind: (...values: unknown[]) => guardStatement(statement.bind(...values), guard),
    first: (column: string) => guard(() => statement.first(column)),
    all: () => guard(() => statement.all()),
    run: () => guard(() => statement.run()),
    raw: () => guard(() => statement.raw()),
  } as unknown as D1PreparedStatement
  originals.set(guarded, statement)
  return guarded
}

/** A database that fails as `guard` says. */
export function guardDatabase(d1: D1Database, guard: Guard): D1Database {
  return {
    prepare: (sql: string) => guardStatement(d1.prepare(sql), guard),
    batch: (statements: D1PreparedStatement[]) =>
      guard(() => d1.batch(statements.map((statement) => originals.get(statement) ?? statement))),
  } as unknown as D1Database
}

export function guardBucket(bucket: R2Bucket, guard: Guard): R2Bucket {
  return new Proxy(bucket, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => guard(() => Reflect.apply(value, target, args) as Promise<unknown>)
    },
  })
}

/** Stubs whose calls may fail on their way there, or on their way back. */
export function guardHubs(hubs: Env['HUB'], faults: Faults): Env['HUB'] {
  return new Proxy(hubs, {
    get(target, property) {
      if (property !== 'get') return bound(target, property)
      return (...args: Parameters<Env['HUB']['get']>) => guardHub(target.get(...args), faults)
    },
  })
}

function bound(target: object, property: string | symbol): unknown {
  const value: unknown = Reflect.get(target, property)
  return typeof value === 'function' ? (value.bind(target) as unknown) : value
}

function guardHub(stub: DurableObjectStub, faults: Faults): DurableObjectStub {
  return new Proxy(stub, {
    get(target, property) {
      return async (...args: unknown[]) => {
        const moment = faults.hubCall()
        if (moment === 'before') throw faults.hubError()
        const method: unknown = Reflect.get(target, property)
        const result: unknown = await Reflect.apply(method as (...given: unknown[]) => unknown, target, args)
        if (moment === null) return result
        if (result instanceof Response) dropSocket(result)
        throw faults.hubError()
      }
    },
  })
}

/** An upgrade whose answer got lost: nobody holds this end, so it closes. */
function dropSocket({ webSocket }: Response): void {
  webSocket?.accept()
  webSocket?.close(1011)
}
