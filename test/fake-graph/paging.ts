import type { GraphCall, Json } from './types.ts'

/** One page of an edge as Graph gives it: cursors always, `next` only where there is more. */
export type Page = { data: Json[]; paging?: { cursors: { before: string; after: string }; next?: string } }

const cursorOf = (index: number) => btoa(`at:${index}`).replace(/=+$/, '')

/** Where a cursor points; 0 without one; null for text that is none of ours. */
function indexOf(cursor: string | null): number | null {
  if (cursor === null) return 0
  try {
    const [, digits] = /^at:(\d+)$/.exec(atob(cursor)) ?? []
    return digits === undefined ? null : Number(digits)
  } catch {
    return null // no base64
  }
}

type PageOf<Row> = { rows: readonly Row[]; node: (row: Row, index: number) => Json; limit: number; address: URL }

/** `address` becomes `next`: the same question with the token in it, as Meta writes it. */
export function pageOf<Row>({ rows, node, limit, address }: PageOf<Row>): Page | null {
  const from = indexOf(address.searchParams.get('after'))
  if (from === null) return null
  const until = Math.min(from + limit, rows.length)
  const data = rows.slice(from, until).map((row, index) => node(row, from + index))
  if (data.length === 0) return { data }
  const next = new URL(address)
  next.searchParams.set('limit', String(limit))
  next.searchParams.set('after', cursorOf(until))
  const cursors = { before: cursorOf(from), after: cursorOf(until) }
  return { data, paging: until < rows.length ? { cursors, next: next.href } : { cursors } }
}

export function limitOf(call: GraphCall, usual: number, most: number): number {
  const asked = Number(call.query.get('limit') ?? usual)
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, most) : usual
}

/** The address of `path` on the same host and version, with the token: what a `next` link begins with. */
export function addressOf(call: GraphCall, path: readonly string[], query: Record<string, string | null>): URL {
  const asked = new URL(call.url)
  const prefix = [asked.pathname.startsWith('/instagram/') ? 'instagram' : null, call.version]
  const address = new URL(asked.origin)
  address.pathname = [...prefix, ...path].filter((part) => part !== null).join('/')
  for (const [name, value] of Object.entries({ access_token: call.token, ...query })) {
    if (value !== null) address.searchParams.set(name, value)
  }
  return address
}
