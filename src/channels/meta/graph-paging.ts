import type { PlatformAnswer } from '../outbound.ts'
import { type GraphAccess, type GraphRequest, read } from './graph.ts'
import { isObject, type Json, listOf, textOf } from './wire.ts'

/**
 * The pages of a list, at most `maxPages`; it ends after the first failure. Pages are turned by cursor: the address of
 * the next one, which Graph gives as well, holds the token and could name any host.
 */
export async function* pagesOf(
  access: GraphAccess,
  request: GraphRequest,
  maxPages: number,
): AsyncGenerator<PlatformAnswer<unknown[]>> {
  let after: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const query = { ...request.query, ...(after !== undefined && { after }) }
    const answer = await read(access, { ...request, query })
    if (!answer.ok) {
      yield answer
      return
    }
    yield { ok: true, value: listOf(answer.value['data']) }
    after = nextCursor(answer.value)
    if (after === undefined) return
  }
}

function nextCursor(answer: Json): string | undefined {
  const paging = answer['paging']
  if (!isObject(paging) || paging['next'] === undefined) return undefined
  return isObject(paging['cursors']) ? textOf(paging['cursors']['after'], 2048) : undefined
}
