// Trust boundary: the caller's key says whose mailbox it may be; the mail itself is a stranger's.
import { Hono } from 'hono'
import { z } from 'zod'
import { mailLimits } from '../channels/email/mail.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import { type MailIntake, takeInMail } from '../mail/take-in-mail.ts'
import { BroadcastResult } from '../protocol/api.ts'
import { Direction } from '../protocol/words.ts'
import type { AppEnv } from './app-env.ts'
import { requireService } from './callers.ts'
import { describe } from './describe.ts'
import { readBody, refuseEncodedBody } from './read-body.ts'
import { validate } from './validate.ts'

const Query = z.object({
  /** The mailbox that the mail was found in, or the envelope's recipient. */
  to: z.string().min(3).max(320),
  /** The envelope's sender, where it is known. */
  from: z.string().max(320).default(''),
  /** `outbound`: from a folder of sent mail. */
  direction: Direction.default('inbound'),
  /** The server whose Authentication-Results are to be believed: the one that took the mail in for this mailbox. */
  authserv_id: z.string().min(1).max(255).optional(),
})

const about = describe({
  tag: 'inbound',
  summary: 'Takes in a mail that was fetched elsewhere, as it is',
  description:
    'The same path as for mail that is routed to us. Sending it again is safe: the same mail is stored once for each mailbox.',
  caller: 'service',
  body: { media: 'message/rfc822', description: 'The raw mail; 25 MiB at most' },
  answers: { 200: BroadcastResult },
  errors: {
    404: '`channel.not_found`',
    413: '`body.too_large`',
    415: '`body.encoded`',
    503: '`mail.not_stored`, `hub.unavailable`, `config.invalid`',
  },
})

export const inboundEmailRoutes = new Hono<AppEnv>().post(
  '/api/v1/communications/inbound-email',
  about,
  requireService('ingest'),
  validate('query', Query),
  async (c) => {
    refuseEncodedBody(c.req.raw)
    const { to, from, direction, authserv_id: authservId } = c.req.valid('query')
    const raw = await readBody(c.req.raw, mailLimits.bytes)
    const { tenantId } = c.var.service
    try {
      const envelope = { envelope_from: from, envelope_to: to }
      const trust = { tenantId, authservId: authservId ?? null }
      const delivery = { envelope, raw, direction, receivedAt: Date.now(), source: 'api' as const, ...trust }
      return c.json(resultOf(await takeInMail(c.env, delivery)))
    } catch (error) {
      if (error instanceof AppError) throw error
      log('error', 'mail.not_stored', { tenantId, size: raw.byteLength, ...errorFields(error) })
      throw new AppError('mail.not_stored', 503, 'The mail cannot be stored right now. Send again.')
    }
  },
)

function resultOf(intake: MailIntake): z.infer<typeof BroadcastResult> {
  switch (intake.kind) {
    case 'no_mailbox':
      throw new AppError('channel.not_found', 404, 'There is no such mailbox.')
    case 'refused': {
      const error = { code: intake.reason, message: 'This mail cannot be stored; it is in quarantine.' }
      return { message_id: null, conversation_id: null, seq: null, duplicate: false, error }
    }
    case 'taken': {
      const { messageId, conversationId, seq, outcome } = intake.result
      return { message_id: messageId, conversation_id: conversationId, seq, duplicate: outcome === 'duplicate' }
    }
  }
}
