// Trust boundary: commands are handed to whoever holds the lease of their account, and to nobody else.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { log } from '../lib/log.ts'
import { type CompanionDeps, pullCommands, takeResults } from '../outbox/companion-commands.ts'
import { CommandPage, CompanionAccount, ResultsBody, ResultsResponse } from '../protocol/companion.ts'
import { Uuid } from '../protocol/words.ts'
import { findReplyFile } from '../store/attachments.ts'
import { companionOf } from '../store/companion-leases.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { attachmentHeaders } from './attachment-headers.ts'
import { requireService } from './callers.ts'
import { leaseLost, requireCompanionChannel, requireLease } from './companion-channel.ts'
import { deliverResults } from './deliver-results.ts'
import { describe } from './describe.ts'
import { callContextOf } from './platform-calls.ts'
import { sendObject } from './send-object.ts'
import { validate } from './validate.ts'

const base = '/api/v1/companion'
const about = { tag: 'companion', caller: 'service' } as const
const defaultPage = 20
const maxPage = 50
const maxResultsBytes = 1024 * 1024

const Digits = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const Turn = CompanionAccount.extend({
  token: Digits,
  after: Digits.default(0),
  limit: Digits.pipe(z.number().int().min(1).max(maxPage)).default(defaultPage),
})

const pulling = describe({
  ...about,
  summary: 'What the holder of the lease has to send, in order',
  description:
    'From here on nobody else sends it. A command is handed out again until its result is there, so ask with `after` as ' +
    'the greatest number that is written down. Begin with `cursor` of the lease.',
  answers: { 200: CommandPage },
  errors: { 404: '`channel.not_found`', 409: '`lease.lost`' },
})
const telling = describe({
  ...about,
  summary: 'Says what became of commands',
  description: 'Safe to repeat. A token of an earlier holder is refused.',
  answers: { 200: ResultsResponse },
  errors: { 404: '`channel.not_found`', 409: '`lease.lost`' },
})
const fetching = describe({
  ...about,
  summary: 'A file of a command',
  description: 'Takes `Range`.',
  answers: { 200: { description: 'The file', media: '*/*' }, 206: { description: 'A part of it', media: '*/*' } },
  errors: { 404: '`file.not_found`', 416: '`attachment.range`' },
})

export const companionCommandRoutes = new Hono<AppEnv>()
  .get(`${base}/commands`, pulling, requireService('companion'), validate('query', Turn), async (c) =>
    c.json(await pull(c, c.req.valid('query'))),
  )
  .post(
    `${base}/results`,
    telling,
    requireService('companion'),
    validate('json', ResultsBody, { maxBytes: maxResultsBytes }),
    async (c) => c.json({ settled: await settle(c, c.req.valid('json')) }),
  )
  .get(
    `${base}/files/:id`,
    fetching,
    requireService('companion'),
    validate('param', z.object({ id: Uuid })),
    async (c) => {
      const file = await findReplyFile(openDatabase(c.env.DB), c.var.service.tenantId, c.req.valid('param').id)
      if (file?.objectKey == null) throw noFile()
      return sendObject(c, file.objectKey, { headers: attachmentHeaders(file), notFound: noFile })
    },
  )

const noFile = () => new AppError('file.not_found', 404, 'There is no such file.')

async function pull(c: Context<AppEnv>, { token, after, limit, ...account }: z.output<typeof Turn>) {
  const { tenantId } = c.var.service
  const channel = await requireCompanionChannel(c.env, tenantId, account)
  const now = Date.now()
  const lease = await requireLease(openDatabase(c.env.DB), channel, token)
  if (lease.expiresAt <= now) throw leaseLost()
  const turn = { tenantId, channelId: channel.id, companionId: companionOf(lease), token, after, limit, now }
  const page = await pullCommands(depsOf(c), turn)
  if (page.items.length > 0) {
    log('info', 'companion.commands_handed', { tenantId, channelId: channel.id, commands: page.items.length })
  }
  return page
}

async function settle(c: Context<AppEnv>, { account, token, results }: ResultsBody): Promise<string[]> {
  const { tenantId } = c.var.service
  const channel = await requireCompanionChannel(c.env, tenantId, account)
  await requireLease(openDatabase(c.env.DB), channel, token)
  const settled = await takeResults(depsOf(c), channel, results)
  log('info', 'companion.results_taken', {
    tenantId,
    channelId: channel.id,
    results: results.length,
    settled: settled.length,
  })
  return settled
}

function depsOf(c: Context<AppEnv>): CompanionDeps {
  const context = callContextOf(c)
  const { config, now } = context
  return {
    ...context,
    files: { bucket: c.env.BUCKET, config, now },
    threads: { d1: c.env.DB, authSecret: config.authSecret },
    deliver: (tenantId, told) => deliverResults(c.env, tenantId, told),
  }
}
