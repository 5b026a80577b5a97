import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An OAuth2 provider: renews tokens (RFC 6749 §6), and tells the mail server whose they are. */
export type TokenServer = {
  port: number
  tokenUrl: string
  /** Which refresh token counts right now, and whether each renewal replaces it. */
  refreshToken: string
  rotates: boolean
  expiresIn: number
  /** Null: as usual; else the status of every answer to a renewal. */
  status: number | null
  /** What was asked for, each a form. */
  renewals: URLSearchParams[]
  /** Every token that was handed out counts no more. */
  revoke(): void
  close(): Promise<void>
}

export async function openTokenServer(user: string): Promise<TokenServer> {
  const valid = new Set<string>()
  let count = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://tokens')
    const tell = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    let text = ''
    request.on('data', (data: Buffer) => void (text += data.toString()))
    request.on('end', () => {
      if (url.pathname === '/token') return renew(new URLSearchParams(text), tell)
      const token = url.searchParams.get('access_token') ?? (request.headers.authorization ?? '').replace('Bearer ', '')
      if (valid.has(token)) tell(200, { email: user, active: true })
      else tell(401, { error: 'invalid_token' })
    })
  })
  function renew(form: URLSearchParams, tell: (status: number, body: object) => void): void {
    tokens.renewals.push(form)
    if (tokens.status !== null) return tell(tokens.status, { error: 'temporarily_unavailable' })
    if (form.get('refresh_token') !== tokens.refreshToken) return tell(400, { error: 'invalid_grant' })
    count += 1
    const token = `access-${count}`
    valid.add(token)
    if (tokens.rotates) tokens.refreshToken = `refresh-${count}`
    const next = tokens.rotates ? { refresh_token: tokens.refreshToken } : {}
    tell(200, { access_token: token, token_type: 'Bearer', expires_in: tokens.expiresIn, ...next })
  }
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const tokens: TokenServer = {
    port,
    tokenUrl: `http://127.0.0.1:${port}/token`,
    refreshToken: 'refresh-0',
    rotates: false,
    expiresIn: 3600,
    status: null,
    renewals: [],
    revoke: () => valid.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return tokens
}
