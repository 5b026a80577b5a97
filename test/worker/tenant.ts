import { env } from 'cloudflare:workers'

/** A tenant of its own for each test: storage is shared by all tests of a file. */
export async function createTenant(): Promise<string> {
  const tenantId = crypto.randomUUID()
  await env.DB.batch([
    env.DB.prepare(`insert into tenants (id, name, created_at) values (?1, 'A test', 0)`).bind(tenantId),
    env.DB.prepare(`insert into journal_heads (tenant_id, seq, epoch, revision) values (?1, 0, 'e1', 0)`).bind(
      tenantId,
    ),
  ])
  return tenantId
}

export async function rowsOf<Row>(sql: string, tenantId: string): Promise<Row[]> {
  return (await env.DB.prepare(sql).bind(tenantId).all<Row>()).results
}

export async function countOf(table: string, tenantId: string): Promise<number> {
  const rows = await rowsOf<{ n: number }>(`select count(*) as n from ${table} where tenant_id = ?1`, tenantId)
  return rows[0]?.n ?? 0
}

/** A database that fails on purpose: before the batch runs, or after it has committed. */
export function failingDatabase(d1: D1Database, shouldFail: (batch: number) => 'before' | 'after' | null): D1Database {
  let batches = 0
  return new Proxy(d1, {
    get(target, property) {
      if (property === 'prepare') return target.prepare.bind(target)
      if (property !== 'batch') return Reflect.get(target, property) as unknown
      return async (statements: D1PreparedStatement[]) => {
        batches += 1
        const failure = shouldFail(batches)
        if (failure === 'before') throw new Error('D1_ERROR: network connection lost')
        const results = await target.batch(statements)
        if (failure === 'after') throw new Error('D1_ERROR: network connection lost')
        return results
      }
    },
  })
}
