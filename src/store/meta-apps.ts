import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { metaApps } from './access-schema.ts'
import { channels } from './schema.ts'

export type MetaAppRow = typeof metaApps.$inferSelect

/** False when the app is registered already, by whichever tenant. */
export async function insertMetaApp(db: Database, app: MetaAppRow): Promise<boolean> {
  const inserted = await db.insert(metaApps).values(app).onConflictDoNothing().returning({ id: metaApps.metaAppId })
  return inserted.length > 0
}

/** The app that a webhook path names, before the tenant is known (see the head of schema.ts). */
export async function findMetaAppByPath(db: Database, metaAppId: string): Promise<MetaAppRow | undefined> {
  return db.select().from(metaApps).where(eq(metaApps.metaAppId, metaAppId)).get()
}

export async function findMetaApp(db: Database, tenantId: string, metaAppId: string): Promise<MetaAppRow | undefined> {
  return db.select().from(metaApps).where(appOf(tenantId, metaAppId)).get()
}

export async function listMetaApps(db: Database, tenantId: string): Promise<MetaAppRow[]> {
  return db
    .select()
    .from(metaApps)
    .where(eq(metaApps.tenantId, tenantId))
    .orderBy(asc(metaApps.createdAt), asc(metaApps.metaAppId))
}

/** Puts a new secret in the place of the current one, which counts until `previousUntil`. Undefined: no such app. */
export async function rotateMetaApp(
  db: Database,
  app: Pick<MetaAppRow, 'tenantId' | 'metaAppId'>,
  change: { sealedSecret: string; previousUntil: number },
): Promise<MetaAppRow | undefined> {
  const rotated = await db
    .update(metaApps)
    .set({ ...change, sealedPreviousSecret: sql`${metaApps.sealedSecret}` })
    .where(appOf(app.tenantId, app.metaAppId))
    .returning()
  return rotated[0]
}

/** An app that still signs a channel's webhooks stays: without it they would all be refused. */
export async function deleteMetaApp(
  db: Database,
  tenantId: string,
  metaAppId: string,
): Promise<'deleted' | 'in_use' | 'not_found'> {
  const isUsed = sql`exists (select 1 from ${channels} where ${and(
    eq(channels.tenantId, tenantId),
    eq(channels.metaAppId, metaAppId),
  )})`
  const [deleted, left] = await db.batch([
    db
      .delete(metaApps)
      .where(and(appOf(tenantId, metaAppId), sql`not ${isUsed}`))
      .returning({ id: metaApps.metaAppId }),
    db.select({ id: metaApps.metaAppId }).from(metaApps).where(appOf(tenantId, metaAppId)),
  ])
  if (deleted.length > 0) return 'deleted'
  return left.length > 0 ? 'in_use' : 'not_found'
}

function appOf(tenantId: string, metaAppId: string) {
  return and(eq(metaApps.tenantId, tenantId), eq(metaApps.metaAppId, metaAppId))
}
