import { integer, text } from 'drizzle-orm/sqlite-core'

/** Columns that most tables have. Times are epoch milliseconds. */
export const tenantId = text('tenant_id').notNull()
export const id = text('id').notNull()
export const time = (name: string) => integer(name)
export const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>()
