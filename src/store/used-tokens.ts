import { and, eq, lt } from 'drizzle-orm'
import type { Database } from './database.ts'
import { usedTokens } from './access-schema.ts'

/**
 * Takes a one-time token out of use: true for exactly one of any number of callers. Rows of tokens that have expired
 * meanwhile go in the same batch. `graceMs`: how long after its expiry a token might still be taken for valid.
 */
export async function consumeToken(
  db: Database,
  token: typeof usedTokens.$inferSelect,
  { now, graceMs }: { now: number; graceMs: number },
): Promise<boolean> {
  const isOld = and(eq(usedTokens.tenantId, token.tenantId), lt(usedTokens.expiresAt, now - graceMs))
  const [inserted] = await db.batch([
    db.insert(usedTokens).values(token).onConflictDoNothing().returning({ id: usedTokens.id }),
    db.delete(usedTokens).where(isOld),
  ])
  return inserted.length > 0
}
