import { getTableColumns, getTableName } from 'drizzle-orm'
import { type SQLiteColumn, type SQLiteTable, getTableConfig } from 'drizzle-orm/sqlite-core'

/** Longest JSON text in one bound parameter, in UTF-16 units: D1 takes 2 MB of bytes. */
const maxParameterLength = 600_000

/**
 * Statements that insert rows, any number of them through one bound parameter each (`json_each`).
 * - `insert`: a row that exists already fails the whole batch.
 * - `upsert`: a row of the same primary key is replaced.
 * - `ignore`: a row of the same primary key stays as it is.
 */
export function writeRows<Table extends SQLiteTable>(
  d1: D1Database,
  table: Table,
  rows: readonly Table['$inferSelect'][],
  mode: Mode,
): D1PreparedStatement[] {
  if (rows.length === 0) return []
  const shape = shapeOf(table)
  const statement = d1.prepare(shape[mode])
  return chunk(rows.map((row) => encodeRow(shape, row))).map((part) => statement.bind(`[${part.join(',')}]`))
}

function insertSql(table: SQLiteTable, mode: Mode): string {
  const names = Object.values(getTableColumns(table)).map((column) => column.name)
  const key = primaryKeyOf(table)
  const values = names.map((_, at) => `value ->> ${at}`)
  const insert = `insert into ${getTableName(table)} (${names.map(quote).join(', ')}) select ${values.join(', ')} from json_each(?1) where true`
  if (mode === 'insert') return insert
  if (mode === 'ignore') return `${insert} on conflict do nothing`
  const updates = names.filter((name) => !key.includes(name)).map((name) => `${quote(name)} = excluded.${quote(name)}`)
  return `${insert} on conflict (${key.map(quote).join(', ')}) do update set ${updates.join(', ')}`
}

function primaryKeyOf(table: SQLiteTable): string[] {
  const config = getTableConfig(table)
  const composite = config.primaryKeys[0]?.columns ?? config.columns.filter((column) => column.primary)
  return composite.map((column) => column.name)
}

const quote = (name: string): string => `"${name}"`

/** What writing a table takes, worked out once for each table. */
type Mode = 'insert' | 'upsert' | 'ignore'
type Shape = Record<Mode, string> & { columns: [property: string, column: SQLiteColumn][] }
const shapes = new WeakMap<SQLiteTable, Shape>()

function shapeOf(table: SQLiteTable): Shape {
  const known = shapes.get(table)
  if (known !== undefined) return known
  const columns: Shape['columns'] = Object.entries(getTableColumns(table))
  const sqlFor = (mode: Mode): string => insertSql(table, mode)
  const shape = { insert: sqlFor('insert'), upsert: sqlFor('upsert'), ignore: sqlFor('ignore'), columns }
  shapes.set(table, shape)
  return shape
}

function encodeRow({ columns }: Shape, row: Record<string, unknown>): string {
  const values = columns.map(([property, column]) => {
    const value = row[property]
    return value === null || value === undefined ? null : column.mapToDriverValue(value)
  })
  return JSON.stringify(values)
}

function chunk(encoded: readonly string[]): string[][] {
  const chunks: string[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const row of encoded) {
    if (length + row.length > maxParameterLength) {
      chunks.push([])
      length = 0
    }
    chunks.at(-1)?.push(row)
    length += row.length
  }
  return chunks
}
