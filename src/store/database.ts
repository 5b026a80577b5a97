import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import type { SQL } from 'drizzle-orm'
import { sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'

export type Database = DrizzleD1Database

const opened = new WeakMap<D1Database, Database>()

/** Built once for each binding: it holds nothing of a request. */
export function openDatabase(d1: D1Database): Database {
  const known = opened.get(d1)
  if (known !== undefined) return known
  const db = drizzle(d1)
  opened.set(d1, db)
  return db
}

/** `column in (…)` for a list of any length: one bound parameter instead of one each (D1 allows a hundred). */
export function inList(column: SQLiteColumn, values: readonly string[]): SQL {
  return sql`${column} in (select value from json_each(${JSON.stringify(values)}))`
}

/** The same for tuples of columns. */
export function inTuples(columns: readonly SQLiteColumn[], tuples: readonly (readonly string[])[]): SQL {
  const left = sql.join([...columns], sql`, `)
  const right = sql.join(
    columns.map((_, at) => sql`value ->> ${sql.raw(String(at))}`),
    sql`, `,
  )
  return sql`(${left}) in (select ${right} from json_each(${JSON.stringify(tuples)}))`
}
