/** Rows of one table by key, the groups they are looked up by, and which of them must be written. */
export type Rows<Row extends object> = {
  readonly keyOf: (row: Row) => string
  readonly groupOf: (row: Row) => string
  readonly byKey: Map<string, Readonly<Row>>
  readonly groups: Map<string, Set<string>>
  readonly changed: Set<string>
}

export function createRows<Row extends object>(
  stored: readonly Row[],
  keyOf: (row: Row) => string,
  groupOf: (row: Row) => string = () => '',
): Rows<Row> {
  const rows: Rows<Row> = { keyOf, groupOf, byKey: new Map(), groups: new Map(), changed: new Set() }
  for (const row of stored) placeRow(rows, row)
  return rows
}

/** Puts a row in its place without marking it: it is stored like that already. */
export function placeRow<Row extends object>(rows: Rows<Row>, row: Row): void {
  const key = rows.keyOf(row)
  const before = rows.byKey.get(key)
  if (before !== undefined) rows.groups.get(rows.groupOf(before))?.delete(key)
  rows.byKey.set(key, row)
  const group = rows.groupOf(row)
  const members = rows.groups.get(group)
  if (members === undefined) rows.groups.set(group, new Set([key]))
  else members.add(key)
}

/** Inserts a row, or replaces the one of the same key; it will be written. */
export function putRow<Row extends object>(rows: Rows<Row>, row: Row): Row {
  placeRow(rows, row)
  rows.changed.add(rows.keyOf(row))
  return row
}

/** Takes a row out as if it had never been; one that is stored must be deleted by other means. */
export function dropRow<Row extends object>(rows: Rows<Row>, row: Row): void {
  const key = rows.keyOf(row)
  rows.byKey.delete(key)
  rows.groups.get(rows.groupOf(row))?.delete(key)
  rows.changed.delete(key)
}

export function rowsInGroup<Row extends object>(rows: Rows<Row>, group: string): Readonly<Row>[] {
  const keys = rows.groups.get(group) ?? []
  return [...keys].flatMap((key) => rows.byKey.get(key) ?? [])
}

export function changedRows<Row extends object>(rows: Rows<Row>): Readonly<Row>[] {
  return [...rows.changed].flatMap((key) => rows.byKey.get(key) ?? [])
}
