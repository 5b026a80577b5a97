import { type HttpAnswer, request } from '../scripts/lib/http.ts'

/** A request whose failure says who did not answer, and why: of itself `fetch` says only that it failed. */
export async function ask(who: string, url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  try {
    return await request(url, init)
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error
    throw new Error(`${who} did not answer: ${String(reason)}`, { cause: error })
  }
}
