import { type GraphAccess, openGraph } from '../meta/graph.ts'
import type { PlatformAnswer, PlatformIo } from '../outbound.ts'

/** Whether the account signed in with Instagram itself; otherwise it is linked to a page, and the token is the page's. */
export function isInstagramLogin(io: PlatformIo): boolean {
  return io.credentials['login'] === 'instagram'
}

/** The two ways to sign in have a host each, and their tokens count there only. `me` is whomever the token is for. */
export function openInstagram(io: PlatformIo): PlatformAnswer<GraphAccess> {
  return openGraph(io, isInstagramLogin(io) ? io.instagramApiUrl : io.apiUrl)
}
