import type { SpoolDatabase } from './database.ts'

const dayMs = 86_400_000
/** So long a delivered row is known again when its source tells it a second time. */
export const rememberedMs = 7 * dayMs
/** So long an edit or a deletion finds the album that its message became a part of. */
const albumsMs = 400 * dayMs
const commandsMs = 30 * dayMs
const stepRows = 2_000

/** Forgets what nobody asks for any more; answers how many rows went. In steps, so that nothing waits long for it. */
export function prune(database: SpoolDatabase, now: number): number {
  const { sql } = database
  // A row whose files are still being fetched stays: they are known by it.
  const rows = sql.prepare(
    `DELETE FROM spooled WHERE id IN (
       SELECT id FROM spooled AS row WHERE state = 'delivered' AND settled_at < ?
       AND NOT EXISTS (SELECT 1 FROM files WHERE row_id = row.id AND state <> 'done') LIMIT ${stepRows})`,
  )
  const files = sql.prepare(
    `DELETE FROM files WHERE state = 'done' AND NOT EXISTS (SELECT 1 FROM spooled WHERE id = files.row_id)`,
  )
  const albums = sql.prepare('DELETE FROM album_parts WHERE added_at < ?')
  const commands = sql.prepare(`DELETE FROM commands WHERE state = 'done' AND is_told = 1 AND added_at < ?`)
  let total = 0
  for (;;) {
    const gone = database.transaction(() => Number(rows.run(now - rememberedMs).changes))
    total += gone
    if (gone < stepRows) break
  }
  database.transaction(() => {
    files.run()
    albums.run(now - albumsMs)
    commands.run(now - commandsMs)
  })
  return total
}
