import { Long, type tl } from '@mtcute/core'
import type { TelegramClient } from '@mtcute/core/client.js'
import type { Command } from '../../src/protocol/companion.ts'
import type { Attempt, AttemptOutcome } from '../account.ts'
import { externalIdOf, isChannelPeer, readExternalId } from './map-ids.ts'
import type { Memory } from './map-memory.ts'
import { generalTopic } from './map-origin.ts'
import { failed, isNoPicture, outcomeOfError } from './send-failure.ts'
import { type OpenFile, registerMedia, uploadMedia } from './send-files.ts'
import { type PlannedFile, type SendPlan, partNonce, planSend } from './send-plan.ts'
import { findTaken, isDuplicate, longOf, stateOf, type TakenMessage, takenMessages } from './send-result.ts'

export type SendingClient = Pick<TelegramClient, 'call' | 'uploadFile' | 'resolvePeer' | 'handleClientUpdate'>
export type SendDeps = {
  memory: Pick<Memory, 'keepSent' | 'sentAs' | 'referenceOf'>
  openFile: OpenFile
  now: () => number
}

/** A request that is not answered for so long is made again, under the same random id. */
const timeout = 60_000
/** How far back a message is looked for that an earlier attempt has made. */
const lookBack = 100

type Open = Exclude<SendPlan, { kind: 'refused' }>
type Sending = { client: SendingClient; attempt: Attempt; deps: SendDeps; peerId: number; peer: tl.TypeInputPeer }

/**
 * Sends one reply. Never throws. Every attempt of a command carries the same random ids, so that Telegram itself refuses
 * a second copy: after an answer that got lost, to try again is to ask.
 */
export async function sendCommand(client: SendingClient, attempt: Attempt, deps: SendDeps): Promise<AttemptOutcome> {
  const { command } = attempt
  const known = deps.memory.sentAs(command.message_id)
  if (known !== undefined) return { kind: 'sent', external_id: known }
  const plan = planSend(command)
  if (plan.kind === 'refused') return failed('content', plan.code, plan.title)
  const peerId = Number(command.conversation.external_id)
  if (!Number.isSafeInteger(peerId) || peerId === 0)
    return failed('recipient', 'PEER_ID_INVALID', 'Not a Telegram peer')
  try {
    const peer = await client.resolvePeer(peerId)
    return await deliver(plan, { client, attempt, deps, peerId, peer })
  } catch (error) {
    return outcomeOfError(error, { now: deps.now(), createdAt: Date.parse(command.created_at) })
  }
}

async function deliver(plan: Open, sending: Sending): Promise<AttemptOutcome> {
  const randomIds = randomIdsOf(plan, sending.attempt)
  try {
    const result = plan.kind === 'text' ? await sendText(plan.text, sending) : await sendMedia(plan, sending)
    const taken = takenMessages(result, randomIds)
    keep(taken, sending)
    sending.client.handleClientUpdate(stateOf(result), true)
    return taken.length > 0 ? sentOutcome(taken, sending.peerId) : await findOutcome(plan, sending)
  } catch (error) {
    if (isDuplicate(error)) return await findOutcome(plan, sending)
    throw error
  }
}

function randomIdsOf(plan: Open, { nonce }: Attempt): tl.Long[] {
  const parts = plan.kind === 'text' ? 1 : plan.files.length
  return Array.from({ length: parts }, (_, part) => longOf(partNonce(nonce, part)))
}

function sendText(message: string, { client, attempt, peer }: Sending): Promise<tl.TypeUpdates> {
  const randomId = longOf(attempt.nonce)
  const replyTo = replyToOf(attempt.command)
  return client.call({ _: 'messages.sendMessage', peer, message, randomId, ...(replyTo && { replyTo }) }, { timeout })
}

type MediaPlan = Extract<Open, { kind: 'media' }>

/** Pictures that Telegram does not take for such are sent again as files; nothing has been sent until then. */
async function sendMedia(plan: MediaPlan, sending: Sending): Promise<tl.TypeUpdates> {
  try {
    return await sendFiles(plan, sending)
  } catch (error) {
    const hasPictures = plan.files.some(({ kind }) => kind !== 'document')
    if (!isNoPicture(error) || !hasPictures) throw error
    const [first, ...others] = plan.files
    return sendFiles({ ...plan, files: [asDocument(first), ...others.map(asDocument)] }, sending)
  }
}

const asDocument = ({ file }: PlannedFile): PlannedFile => ({ file, kind: 'document' })

async function sendFiles({ files, caption }: MediaPlan, sending: Sending): Promise<tl.TypeUpdates> {
  const { client, attempt, peer, deps } = sending
  const replyTo = replyToOf(attempt.command)
  const common = { peer, ...(replyTo && { replyTo }) }
  const uploading = { client, openFile: deps.openFile }
  if (files.length === 1) {
    const media = await uploadMedia(files[0], uploading)
    const randomId = longOf(attempt.nonce)
    return client.call({ _: 'messages.sendMedia', ...common, media, message: caption, randomId }, { timeout })
  }
  const multiMedia: tl.RawInputSingleMedia[] = []
  for (const [part, file] of files.entries()) {
    const media = await registerMedia(await uploadMedia(file, uploading), { client, peer })
    const randomId = longOf(partNonce(attempt.nonce, part))
    multiMedia.push({ _: 'inputSingleMedia', media, randomId, message: part === 0 ? caption : '' })
  }
  return client.call({ _: 'messages.sendMultiMedia', ...common, multiMedia }, { timeout })
}

/** What is answered, and the topic it goes to. A forum's first topic is where messages go that name none. */
export function replyToOf({ conversation, reply_to_external_id }: Command): tl.RawInputReplyToMessage | null {
  const topic = Number(conversation.thread)
  const isTopic = Number.isSafeInteger(topic) && topic > generalTopic
  const target = readExternalId((reply_to_external_id ?? '').split('/')[0] ?? '')
  // A message of another chat cannot be answered here without its access hash.
  const peerId = Number(conversation.external_id)
  const isHere = target !== null && target.channel === (isChannelPeer(peerId) ? peerId : null)
  if (!isHere && !isTopic) return null
  return {
    _: 'inputReplyToMessage',
    replyToMsgId: isHere ? target.messageId : topic,
    ...(isTopic ? { topMsgId: topic } : {}),
  }
}

/** Before anything else hears of it: if the process ends now, the next attempt finds it here. */
function keep(taken: readonly TakenMessage[], { deps, peerId, attempt }: Sending): void {
  for (const { id, date } of taken) {
    const messageId = attempt.command.message_id
    deps.memory.keepSent({ externalId: externalIdOf(peerId, id), peerId, messageId, date })
  }
}

function sentOutcome(taken: readonly TakenMessage[], peerId: number): AttemptOutcome {
  const first = Math.min(...taken.map(({ id }) => id))
  return { kind: 'sent', external_id: externalIdOf(peerId, first) }
}

/** An earlier attempt got through, and its answer was lost: the message is in the chat. */
async function findOutcome(plan: Open, sending: Sending): Promise<AttemptOutcome> {
  const { client, attempt, deps, peerId, peer } = sending
  const { command } = attempt
  const history = await client.call(
    {
      _: 'messages.getHistory',
      peer,
      offsetId: 0,
      offsetDate: 0,
      addOffset: 0,
      limit: lookBack,
      maxId: 0,
      minId: 0,
      hash: Long.ZERO,
    },
    { timeout },
  )
  const taken = findTaken('messages' in history ? history.messages : [], {
    peerId,
    text: plan.kind === 'text' ? plan.text : plan.caption,
    parts: plan.kind === 'text' ? 0 : plan.files.length,
    since: Math.floor(Date.parse(command.created_at) / 1000),
    isTaken: (id) => (deps.memory.referenceOf(externalIdOf(peerId, id)) ?? command.message_id) !== command.message_id,
  })
  if (taken.length === 0) {
    const error = { code: 'RANDOM_ID_DUPLICATE', title: 'It was sent before, and cannot be found', details: null }
    return { kind: 'unknown', error: { ...error, kind: 'platform' } }
  }
  keep(taken, sending)
  return sentOutcome(taken, peerId)
}
