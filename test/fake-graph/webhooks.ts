import { titleOf } from './errors.ts'
import { type GraphState, isHeardWithin, pairOf } from './state.ts'
import type { Json, PlannedWebhook, SentMessage } from './types.ts'

/** What a message causes when nobody asks for anything else. */
function usualPlan(sent: SentMessage): PlannedWebhook[] {
  switch (sent.platform) {
    case 'whatsapp':
      return [{ what: 'sent' }, { what: 'delivered' }, { what: 'read' }]
    case 'facebook':
      return [{ what: 'echo' }, { what: 'delivered' }, { what: 'read' }]
    case 'instagram':
      return [{ what: 'echo' }, { what: 'read' }]
  }
}

function planOf(state: GraphState, sent: SentMessage): PlannedWebhook[] {
  if (sent.isVanished) return []
  const isTooLate =
    sent.platform === 'whatsapp' &&
    sent.type !== 'template' &&
    !isHeardWithin(state, pairOf(sent.accountId, sent.to), state.options.windowMs)
  if (isTooLate) return [{ what: 'failed', error: { code: 131_047, title: titleOf(131_047) } }]
  return (state.options.plan ?? usualPlan)(sent)
}

/**
 * Sends the webhooks that a message causes: some before its own answer, the others later, in the order of their times
 * and one after the other, as far as `deliver` waits.
 */
export async function announce(state: GraphState, sent: SentMessage): Promise<void> {
  const { deliver, sleep } = state.options
  if (deliver === undefined) return
  const plan = planOf(state, sent)
  for (const planned of plan.filter(({ beforeAnswer }) => beforeAnswer === true)) await emit(state, sent, planned)
  const later = plan
    .filter(({ beforeAnswer }) => beforeAnswer !== true)
    .toSorted((a, b) => (a.afterMs ?? 0) - (b.afterMs ?? 0))
  const run = async () => {
    let passed = 0
    for (const planned of later) {
      const wait = (planned.afterMs ?? 0) - passed
      if (wait > 0) await sleep(wait)
      passed += Math.max(wait, 0)
      await emit(state, sent, planned)
    }
  }
  const pending = run()
  state.pending.add(pending)
  void pending.finally(() => state.pending.delete(pending))
}

async function emit(state: GraphState, sent: SentMessage, planned: PlannedWebhook): Promise<void> {
  const body = webhookOf(state, sent, planned)
  for (let copy = 0; copy < (planned.copies ?? 1); copy += 1) {
    try {
      await state.options.deliver?.(body, sent.platform)
    } catch (error) {
      state.deliveryErrors.push(error)
    }
  }
}

function webhookOf(state: GraphState, sent: SentMessage, planned: PlannedWebhook): Json {
  const at = state.options.now()
  if (sent.platform === 'whatsapp') return statusDelivery(state, sent, planned, at)
  return messagingDelivery(sent, at, partOf(state, sent, planned.what))
}

/** Cloud API, "Status messages webhook reference". */
function statusDelivery(state: GraphState, sent: SentMessage, { what, error }: PlannedWebhook, at: number): Json {
  const account = state.accounts.find(({ id }) => id === sent.accountId)
  const phone = account?.platform === 'whatsapp' ? account : undefined
  const isUser = /^[A-Z]{2}\./.test(sent.to)
  const title = error?.title ?? titleOf(131_026)
  const failure = {
    code: error?.code ?? 131_026,
    title,
    message: title,
    error_data: { details: error?.details ?? title },
  }
  const status = {
    id: sent.messageId,
    status: what === 'echo' ? 'sent' : what,
    timestamp: String(Math.floor(at / 1000)),
    ...(isUser ? { recipient_user_id: sent.to } : { recipient_id: sent.to }),
    ...(sent.body['recipient_type'] === 'group' ? { recipient_type: 'group' } : {}),
    ...(sent.reference === null ? {} : { biz_opaque_callback_data: sent.reference }),
    ...(what === 'failed'
      ? { errors: [failure] }
      : { pricing: { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' } }),
  }
  const digits = (phone?.displayPhoneNumber ?? '+380 44 000 00 01').replaceAll(/\D/g, '')
  const metadata = { display_phone_number: digits, phone_number_id: sent.accountId }
  const value = { messaging_product: 'whatsapp', metadata, statuses: [status] }
  const entry = { id: phone?.accountId ?? '0', changes: [{ field: 'messages', value }] }
  return { object: 'whatsapp_business_account', entry: [entry] }
}

/** Messenger Platform and Instagram Platform, "Webhooks": echoes come from us, marks from the customer. */
function partOf(state: GraphState, sent: SentMessage, what: PlannedWebhook['what']): Json {
  switch (what) {
    case 'delivered':
      return { delivery: { mids: [sent.messageId], watermark: sent.at } }
    case 'read':
      return sent.platform === 'instagram' ? { read: { mid: sent.messageId } } : { read: { watermark: sent.at } }
    default:
      return { message: echoOf(state, sent) }
  }
}

function echoOf(state: GraphState, sent: SentMessage): Json {
  const attachments = sent.files.map((file) => ({ type: sent.type, payload: { url: file.url } }))
  return {
    mid: sent.messageId,
    is_echo: true,
    ...(sent.platform === 'facebook' ? { app_id: Number(state.options.app.id) } : {}),
    ...(sent.reference === null || sent.platform === 'instagram' ? {} : { metadata: sent.reference }),
    ...(sent.text === null ? {} : { text: sent.text }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(sent.replyTo === null ? {} : { reply_to: { mid: sent.replyTo } }),
  }
}

function messagingDelivery(sent: SentMessage, at: number, part: Json): Json {
  const own = { id: sent.accountId }
  const customer = { id: sent.to }
  const people = 'message' in part ? { sender: own, recipient: customer } : { sender: customer, recipient: own }
  const timestamp = 'message' in part ? sent.at : at
  const messaging = [{ ...people, timestamp, ...part }]
  const object = sent.platform === 'instagram' ? 'instagram' : 'page'
  return { object, entry: [{ id: sent.accountId, time: at, messaging }] }
}
