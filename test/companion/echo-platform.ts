import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readAll, tell } from './fake-http.ts'

export type EchoUpdate = { n: number; chat: string; id: string; text: string; file?: string; album?: string }
export type EchoSent = { account: string; chat: string; text: string; nonce: string; attempts: number; repeats: number }

/** A made-up platform: it numbers what it says to an account, and knows a repeated message by its nonce. */
export type EchoPlatform = {
  url: string
  say(account: string, update: Omit<EchoUpdate, 'n'>): void
  /** What reached the customers, in order; `attempts` counts repetitions that were refused. */
  sent: EchoSent[]
  /** Share of sends that are done, and whose answer is lost. */
  loseAnswers: number
  files: Map<string, Buffer | 'gone'>
  /** Wants this conversation or account to wait so long, in ms, once. */
  floods: Map<string, number>
  close(): Promise<void>
}

export async function startEchoPlatform(random: () => number = Math.random): Promise<EchoPlatform> {
  const updates = new Map<string, EchoUpdate[]>()
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://echo')
      const account = url.searchParams.get('account') ?? ''
      const body = await readAll(request)
      if (url.pathname === '/updates') {
        const after = Number(url.searchParams.get('after'))
        const later = (updates.get(account) ?? []).slice(after, after + 200)
        return tell(response, 200, later)
      }
      if (url.pathname === '/file') {
        const file = platform.files.get(url.searchParams.get('id') ?? '')
        if (file === undefined) return tell(response, 500, null)
        if (file === 'gone') return tell(response, 410, null)
        response.writeHead(200, { 'content-length': file.length })
        return response.end(file)
      }
      const message = JSON.parse(body.toString()) as { chat: string; text: string; nonce: string; isRepeat: boolean }
      const flood = platform.floods.get(message.chat) ?? platform.floods.get(account)
      platform.floods.delete(message.chat)
      platform.floods.delete(account)
      if (flood !== undefined) return tell(response, 429, { waitMs: flood })
      const known = platform.sent.find(({ nonce, account: of }) => nonce === message.nonce && of === account)
      if (known === undefined) {
        const { isRepeat, ...rest } = message
        platform.sent.push({ account, ...rest, attempts: 1, repeats: isRepeat ? 1 : 0 })
      } else {
        known.attempts += 1
        known.repeats += message.isRepeat ? 1 : 0
      }
      if (random() < platform.loseAnswers) return request.socket.destroy()
      tell(response, 200, { id: message.nonce })
    })()
  })
  const platform: EchoPlatform = {
    url: '',
    sent: [],
    loseAnswers: 0,
    files: new Map(),
    floods: new Map(),
    say(account, update) {
      const list = updates.get(account) ?? []
      updates.set(account, list)
      list.push({ n: list.length, ...update })
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()))
  platform.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return platform
}
