import { Hono } from 'hono'
import { ChannelList } from '../protocol/api.ts'
import type { Channel } from '../protocol/message.ts'
import { type ChannelWithHealth, listChannelsWithHealth } from '../store/channel-list.ts'
import { openDatabase } from '../store/database.ts'
import { toWireHealth } from '../store/wire.ts'
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
    return c.json({ items: rows.map(toWire), next_cursor: null, as_of: head.seq, epoch: head.epoch })
  },
)

const nothingHeard: Channel['health'] = {
  state: 'idle',
  last_inbound_at: null,
  last_error_at: null,
  last_error_code: null,
  last_error_message: null,
  signature_failures: 0,
  token_expires_at: null,
  session_state: null,
}

function toWire({ channel, health }: ChannelWithHealth): Channel {
  const { id, platform, externalId, name } = channel
  return { id, platform, external_id: externalId, name, health: health === null ? nothingHeard : toWireHealth(health) }
}
