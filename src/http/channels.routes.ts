import { Hono } from 'hono'
import { ChannelList } from '../protocol/api.ts'
import { selectChannels, toWireChannel } from '../store/channels.ts'
import { openDatabase } from '../store/database.ts'
import { headOf, selectHead } from '../store/journal.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'

const about = describe({
  tag: 'reading',
  summary: 'The connected accounts, and how each of them fares',
  caller: 'user',
  answers: { 200: ChannelList },
})

export const channelRoutes = new Hono<AppEnv>().get(
  '/api/v1/communications/channels',
  about,
  requireUser,
  async (c) => {
    const db = openDatabase(c.env.DB)
    const { tenantId } = c.var.user
    const [heads, rows] = await db.batch([selectHead(db, tenantId), selectChannels(db, tenantId)])
    const head = headOf(heads)
    return c.json({ items: rows.map(toWireChannel), next_cursor: null, as_of: head.seq, epoch: head.epoch })
  },
)
