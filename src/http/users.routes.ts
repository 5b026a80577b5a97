// Trust boundary: a tenant's server says which of its users may come in. Nothing here asks the user.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { closeSockets } from '../hub/call-hub.ts'
import { log } from '../lib/log.ts'
import { UserAccess, UserAccessBody } from '../protocol/api.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { Uuid } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import { enableUser, neverValid, readValidFrom, revokeCredentials } from '../store/revocations.ts'
import type { AppEnv } from './app-env.ts'
import { forgetAccess, requireService } from './callers.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'

const path = '/api/v1/auth/users/:user_id'
const about = { tag: 'callers', caller: 'service' } as const

const UserParam = z.object({ user_id: Uuid })

const showing = describe({
  ...about,
  summary: 'Whether a user may come in',
  description: 'Any user id may be asked for: users need not be known here.',
  answers: { 200: UserAccess },
})
const changing = describe({
  ...about,
  summary: 'Disables a user, or enables one again',
  description:
    'Disabling ends sessions, tokens, links, sockets and the pushes to browsers, everywhere within five seconds; digests ' +
    'stop, and no token is made. What was issued before stays void when the user is enabled again. After a 503 it is safe to repeat.',
  answers: { 200: UserAccess },
})
const signingOut = describe({
  ...about,
  summary: 'Signs a user out everywhere: after a loss, or where their role has changed',
  description:
    'What was issued to them until now is void everywhere within five seconds; sockets and pushes to browsers end. They may ' +
    'sign in again at once. Tokens of your own without `iat` are void from then on. After a 503 it is safe to repeat.',
  answers: { 200: UserAccess },
})

type User = { tenantId: string; userId: string }
type UserContext = Context<AppEnv, string, { out: { param: z.output<typeof UserParam> } }>

export const userRoutes = new Hono<AppEnv>()
  .get(path, showing, requireService('tokens'), validate('param', UserParam), async (c) =>
    c.json(await readAccess(c.env, userOf(c))),
  )
  .patch(
    path,
    changing,
    requireService('tokens'),
    validate('param', UserParam),
    validate('json', UserAccessBody),
    async (c) => {
      const user = userOf(c)
      if (c.req.valid('json').disabled) await revoke(c.env, user, neverValid)
      else await enable(c.env, user)
      return c.json(await readAccess(c.env, user))
    },
  )
  .delete(`${path}/sessions`, signingOut, requireService('tokens'), validate('param', UserParam), async (c) => {
    await revoke(c.env, userOf(c), Date.now())
    return c.json(await readAccess(c.env, userOf(c)))
  })

function userOf(c: UserContext): User {
  return { tenantId: c.var.service.tenantId, userId: c.req.valid('param').user_id }
}

async function revoke(env: Env, { tenantId, userId }: User, validFrom: number): Promise<void> {
  await revokeCredentials(env.DB, { tenantId, userId }, validFrom)
  forgetAccess(tenantId)
  const reason = validFrom === neverValid ? 'Your access has ended.' : 'You were signed out everywhere.'
  const sockets = await closeSockets(env, tenantId, { userId, code: closeCodes.unauthorised, reason, validFrom })
  log('info', 'user.revoked', { tenantId, userId, disabled: validFrom === neverValid, sockets })
}

/** A whole second, as other makers of tokens round down when they were issued. */
async function enable(env: Env, { tenantId, userId }: User): Promise<void> {
  const validFrom = Math.floor(Date.now() / 1000) * 1000
  if (!(await enableUser(openDatabase(env.DB), { tenantId, userId }, validFrom))) return
  forgetAccess(tenantId)
  await closeSockets(env, tenantId, { userId, code: closeCodes.restart, reason: 'You may come in again.', validFrom })
  log('info', 'user.enabled', { tenantId, userId })
}

async function readAccess(env: Env, { tenantId, userId }: User): Promise<UserAccess> {
  const validFrom = await readValidFrom(openDatabase(env.DB), { tenantId, userId })
  const disabled = validFrom === neverValid
  return {
    user_id: userId,
    disabled,
    valid_from: validFrom === null || disabled ? null : new Date(validFrom).toISOString(),
  }
}
