import { Hono } from 'hono'
import { limitsOf } from '../channels/registry.ts'
import { ChannelList } from '../protocol/api.ts'
import { listChannelsWithHealth } from '../store/channel-list.ts'
import { toWireChannel } from '../store/channels.ts'
import { openDatabase } from '../store/database.ts'
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
    const { rows, head } = await listChannelsWithHealth(openDatabase(c.env.DB), c.var.user.tenantId)
    return c.json({
      items: rows.map((row) => toWireChannel(row, limitsOf)),
      next_cursor: null,
      as_of: head.seq,
      epoch: head.epoch,
    })
  },
)
