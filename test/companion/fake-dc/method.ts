import type { tl } from '@mtcute/node'
import { RpcFailure, type Session } from './mtproto-server.ts'
import type { Timeline } from './timeline.ts'
import type { FakeAccount, World } from './world.ts'

/** Who is at the other end of a key: an account once it has signed in, on the way there until then. */
export type Login = {
  account: FakeAccount | null
  passwordFor: FakeAccount | null
  srp: SrpSecret | null
  loginToken: string | null
}
export type SrpSecret = { id: string; b: bigint; gB: Buffer; verifier: bigint }

export type Call = {
  world: World
  timeline: Timeline
  session: Session<Login>
  login: Login
  /** The data centre's own address, for its configuration. */
  port: number
  /** Of whom the request comes. Throws AUTH_KEY_UNREGISTERED before the login. */
  account: FakeAccount
  /** Logs the key in: from now on it is this account. */
  signIn(account: FakeAccount): void
  signOut(): void
  /** QR codes that were shown, by token, and who scanned them. */
  qrTokens: Map<string, FakeAccount | null>
  random: () => number
}
type MethodName = keyof tl.RpcCallReturn
export type Methods = {
  [Name in MethodName]?: (call: Call, request: Extract<tl.RpcMethod, { _: Name }>) => tl.RpcCallReturn[Name]
}

export const failure = (code: number, name: string) => new RpcFailure(code, name)
