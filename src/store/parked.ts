// What has waited for too long. Over all tenants (see the head of schema.ts).

/**
 * Word for word the condition of the partial index. Those two keys say something of a message that is there (see
 * `ingest/parked.ts`), and stay.
 */
const isWaiting = `"key" not in ('echo', 'former')`

/** Forgets what has waited for its message since before a time, the oldest first; answers how much. */
export async function deleteParked(d1: D1Database, of: { before: number; limit: number }): Promise<number> {
  const { meta } = await parkedDeletion(d1, of).run()
  return meta.changes
}

export function parkedDeletion(
  d1: D1Database,
  { before, limit }: { before: number; limit: number },
): D1PreparedStatement {
  return d1
    .prepare(
      `delete from parked_items where rowid in (
         select rowid from parked_items where ${isWaiting} and created_at < ?1 order by created_at limit ?2)`,
    )
    .bind(before, limit)
}
