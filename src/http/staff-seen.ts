import type { Context } from 'hono'
import { noteStaff } from '../store/staff.ts'
import type { AppEnv, UserCaller } from './app-env.ts'
import { createNoteOnce } from './note-once.ts'

const noteOnce = createNoteOnce('staff.not_noted')

/** Notes that a user is one of the staff, after the answer. */
export function noteSeen(c: Context<AppEnv>, user: UserCaller): void {
  const { tenantId, userId, name, role } = user
  noteOnce(c, {
    key: JSON.stringify([tenantId, userId, name, role]),
    ids: { tenantId, userId },
    write: () => noteStaff(c.env.DB, { tenantId, userId, name, role, seenAt: Date.now() }),
  })
}
