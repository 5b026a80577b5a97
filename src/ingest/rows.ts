/** Rows of one table by key, the groups they are looked up by, and which of them must be written. */
export type Rows<Row extends object> = {
  readonly keyOf: (row: Row) => string
  /** Null where nobody looks rows up by a group. */
  readonly groupOf: ((row: Row) => string) | null
  readonly byKey: Map<string, Readonly<Row>>
  readonly groups: Map<string, Set<string>>
  readonly changed: Set<string>
}

export function createRows<Row extends object>(
  stored: readonly Row[],
  keyOf: (row: Row) => string,
  groupOf: ((row: Row) => string) | null = null,
): Rows<Row> {
  const rows: Rows<Row> = { keyOf, groupOf, byKey: new Map(), groups: new Map(), changed: new Set() }
  for (const row of stored) placeRow(rows, row)
  return rows
}

/** Puts a row in its place without marking it: it is stored like that already. */
export function placeRow<Row extends object>(rows: Rows<Row>, row: Row): void {
  const key = rows.keyOf(row)
  const before = rows.byKey.get(key)
  rows.byKey.set(key, row)
  if (rows.groupOf === null) return
  const group = rows.groupOf(row)
  if (before !== undefined) {
    const groupBefore = rows.groupOf(before)
    if (groupBefore === group) return // its place in the group stays, too
    rows.groups.get(groupBefore)?.delete(key)
  }
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
  const group = rows.groupOf?.(row)
  const members = group === undefined ? undefined : rows.groups.get(group)
  members?.delete(key)
  if (group !== undefined && members?.size === 0) rows.groups.delete(group)
  rows.changed.delete(key)
}

export function rowsInGroup<Row extends object>(rows: Rows<Row>, group: string): Readonly<Row>[] {
  const keys = rows.groups.get(group) ?? []
  return [...keys].flatMap((key) => rows.byKey.get(key) ?? [])
}

export function changedRows<Row extends object>(rows: Rows<Row>): Readonly<Row>[] {
  return [...rows.changed].flatMap((key) => rows.byKey.get(key) ?? [])
}
