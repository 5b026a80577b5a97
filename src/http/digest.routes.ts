import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { tellSettingsChanged } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { type DigestLink, addressHashOf, readDigestLink } from '../lib/digest-link.ts'
import { errorFields, log } from '../lib/log.ts'
import { constantTimeEqual } from '../lib/secret.ts'
import { rescheduleDigest } from '../notifications/digest-plan.ts'
import { settingsOf } from '../notifications/settings.ts'
import { DigestState } from '../protocol/digest.ts'
import { confirmAddress, readDigest, stopDigests } from '../store/digests.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { type DigestPage, digestPage, digestPageHeaders } from './digest-page.ts'
import { notConfigured, refuseOwnMailbox, sendConfirmation } from './send-confirmation.ts'
import { validate } from './validate.ts'

const path = '/api/v1/notifications/digest'
const tag = 'notifications'
const TokenParam = z.object({ token: z.string() })
const html = { description: 'A page for people', media: 'text/html' }

const showing = describe({
  tag,
  summary: "The user's digests: whether the address is confirmed, and when the next one falls due",
  caller: 'user',
  answers: { 200: DigestState },
})
const asking = describe({
  tag,
  summary: 'Sends the mail again that asks for a confirmation of the address',
  description: 'Nothing is sent to an address that is confirmed already.',
  caller: 'user',
  answers: { 200: DigestState },
  errors: {
    409: '`digest.not_configured`, `digest.no_address`',
    422: '`digest.own_mailbox`',
    429: '`digest.too_often`, with Retry-After',
    502: '`digest.not_sent`',
  },
})
const following = describe({
  tag,
  summary: 'The page behind a link of a mail, with a button',
  caller: 'anyone',
  answers: { 200: html, 404: html },
})
const confirming = describe({
  tag,
  summary: 'Confirms the address that the link was sent to',
  caller: 'anyone',
  answers: { 200: html, 404: html },
})
const stopping = describe({
  tag,
  summary: 'Ends the digests to the address that the link was sent to (RFC 8058)',
  caller: 'anyone',
  answers: { 200: html, 404: html },
})

export const digestRoutes = new Hono<AppEnv>()
  .get(path, showing, requireUser, async (c) => c.json(await stateOf(c)))
  .post(`${path}/confirmation`, asking, requireUser, async (c) => {
    const { tenantId, userId } = c.var.user
    const row = await readDigest(c.env.DB, { tenantId, userId })
    const { address, language } = settingsOf(row?.settings ?? null).digest
    if (address === null) throw new AppError('digest.no_address', 409, 'The settings name no address yet.')
    if (row?.confirmedAddress !== address) {
      if (c.var.config.digestFrom === null) throw notConfigured()
      await refuseOwnMailbox(c.env, tenantId, address)
      await sendConfirmation(c.env, c.var.config, { tenantId, userId }, { address, language })
    }
    return c.json(await stateOf(c))
  })
  .get(`${path}/confirm/:token`, following, validate('param', TokenParam), async (c) => {
    const found = await followLink(c, 'confirm', c.req.valid('param').token)
    return show(c, found === null ? 'invalid' : 'confirm', found?.link.language)
  })
  .post(`${path}/confirm/:token`, confirming, validate('param', TokenParam), async (c) => {
    const found = await followLink(c, 'confirm', c.req.valid('param').token)
    if (found === null) return show(c, 'invalid')
    const { tenantId, userId, language } = found.link
    if (!(await confirmAddress(c.env.DB, found.owner, Date.now()))) return show(c, 'invalid', language)
    await rescheduleDigest(c.env.DB, found.owner, Date.now())
    log('info', 'digest.confirmed', { tenantId, userId })
    return show(c, 'confirmed', language)
  })
  .get(`${path}/stop/:token`, following, validate('param', TokenParam), async (c) => {
    const found = await followLink(c, 'stop', c.req.valid('param').token)
    return show(c, found === null ? 'invalid' : 'stop', found?.link.language)
  })
  .post(`${path}/stop/:token`, stopping, validate('param', TokenParam), async (c) => {
    const found = await followLink(c, 'stop', c.req.valid('param').token)
    if (found === null) return show(c, 'invalid')
    const { tenantId, userId, language } = found.link
    await stopDigests(c.env.DB, found.owner)
    log('info', 'digest.stopped', { tenantId, userId })
    // Open pages learn of it; a hub that cannot be reached is no reason to go on with the mails.
    const told = tellSettingsChanged(c.env, tenantId, userId).catch((error: unknown) =>
      log('warn', 'digest.hub_not_told', { tenantId, userId, ...errorFields(error) }),
    )
    c.executionCtx.waitUntil(told)
    return show(c, 'stopped', language)
  })

async function stateOf(c: Context<AppEnv>): Promise<DigestState> {
  const { tenantId, userId } = c.var.user
  const row = await readDigest(c.env.DB, { tenantId, userId })
  const { address } = settingsOf(row?.settings ?? null).digest
  const isConfirmed = address !== null && row?.confirmedAddress === address
  return {
    address,
    confirmed_at: isConfirmed ? isoOrNull(row.confirmedAt) : null,
    last_sent_at: isoOrNull(row?.sentAt ?? null),
    next_at: c.var.config.digestFrom === null ? null : isoOrNull(row?.dueAt ?? null),
  }
}

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

type Followed = { link: DigestLink; owner: { tenantId: string; userId: string; address: string } }

/** Null unless the link is ours, for this, and of the address that the user has now. */
async function followLink(c: Context<AppEnv>, purpose: DigestLink['purpose'], token: string): Promise<Followed | null> {
  const link = await readDigestLink(c.var.config.authSecret, token, Date.now())
  if (link === null || link.purpose !== purpose) return null
  const { tenantId, userId } = link
  const row = await readDigest(c.env.DB, { tenantId, userId })
  const { address } = settingsOf(row?.settings ?? null).digest
  if (address === null || !(await constantTimeEqual(await addressHashOf(address), link.addressHash))) return null
  return { link, owner: { tenantId, userId, address } }
}

function show(c: Context<AppEnv>, page: DigestPage, language: DigestLink['language'] = 'en'): Response {
  return c.body(digestPage(page, language), page === 'invalid' ? 404 : 200, digestPageHeaders)
}
