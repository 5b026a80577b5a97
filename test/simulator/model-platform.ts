import type { ChannelAdapter, InboundContact, InboundItem, InboundMessage } from '../../src/channels/channel.ts'
import type { OutboundLimits, OutboundMessage, PlatformCalls, PlatformIo } from '../../src/channels/outbound.ts'
import type { Faults } from './faults.ts'
import type { Chat, Via, Written } from './replies.ts'

/** What the platform reports of its own accord, until somebody says that it was heard. */
export type News = { key: string; tenant: number; via: Via; item: InboundItem }

/** Every time that a request went out which a customer may have seen. `isRefused`: this one certainly was not. */
export type Asked = { messageId: string; isRefused: boolean }

/**
 * A platform of the simulator's own, in the place of two real ones: it takes replies, or does not, or takes them and
 * nobody hears of it. What it has it echoes, on Facebook with our reference. It keeps files for whoever asks.
 */
export type ModelPlatform = {
  adapters: ChannelAdapter[]
  fetch: typeof fetch
  filesAsked: number
  written: Written[]
  asked: Asked[]
  news: News[]
  restart(): void
  /** Whose account a channel is, by its external id. */
  connect(externalId: string, chats: Chat): void
  /** Somebody answers in the platform's own inbox. */
  writeElsewhere(chat: Chat, contact: number, of: { key: string; content: string }): void
  /** Keeps answers and files back until the function it gives is called. */
  holdAnswers(): () => void
  mark(chat: Chat, contact: number, status: 'delivered' | 'read'): void
}

const limits: OutboundLimits = {
  ...{ text: 2_000, caption: 1_000, unit: 'characters', attachments: 1, fileBytes: { image: 1_000_000 } },
  ...{ buttons: 0, buttonTitle: 0, canReplyTo: true, canReact: false, hasTemplates: false },
}

const mediaHost = 'files.model.example'
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4])
// As any server says it. Who does not know the size makes room for a whole part.
const fileHeaders = { 'content-length': String(png.byteLength) }

/** A customer as the platform numbers them. */
export function contactOf(contact: number): InboundContact {
  return { aliases: [{ kind: 'user', value: `person.${contact}` }] }
}

const numberOf = (message: OutboundMessage): number => Number(message.to[0].value.split('.')[1])

export function createModelPlatform(faults: Faults, now: () => number): ModelPlatform {
  const accounts = new Map<string, Chat>()
  let held: Promise<void> = Promise.resolve()

  function echo({ via, tenant }: Chat, written: Written): void {
    const { externalId, contact, content, reference, at } = written
    const item: InboundMessage = {
      ...{ kind: 'message', externalId, contact: contactOf(contact), direction: 'outbound', type: 'text', content, at },
      echo: via === 'facebook' && reference !== null ? { reference } : {},
    }
    tell(tenant, via, `echo ${externalId}`, item)
  }

  function tell(tenant: number, via: Via, name: string, item: InboundItem): void {
    platform.news.push({ key: `${tenant} ${via} ${name}`, tenant, via, item })
  }

  function accept(chat: Chat, message: OutboundMessage): string {
    const { tenant, via } = chat
    const externalId = `${via}.${tenant}.out.${platform.written.length}`
    const fate = faults.afterwards()
    const of = { tenant, via, externalId, contact: numberOf(message), content: message.content, at: now() }
    const written = { ...of, reference: message.id, isUndelivered: fate === 'failed' && via === 'facebook' }
    platform.written.push(written)
    echo(chat, written)
    const status = { kind: 'status', at: now(), targetExternalId: externalId, reference: message.id } as const
    if (written.isUndelivered) {
      const error = { code: '551', title: 'This person is not available', details: null }
      tell(tenant, via, `failed ${externalId}`, { ...status, status: 'failed', error })
    }
    return externalId
  }

  const send: PlatformCalls['send'] = async (message, io, aboutToSend) => {
    const chat = chatOf(io)
    await aboutToSend()
    const fate = faults.sending()
    const isRefused = fate === 'refused' || fate === 'busy'
    platform.asked.push({ messageId: message.id, isRefused })
    const error = { code: '100', title: 'No', details: null, kind: 'platform' as const }
    switch (fate) {
      case 'refused':
        return { kind: 'rejected', error }
      case 'busy':
        return { kind: 'rejected', error, retryAfterMs: 2_000 }
      case 'lost':
        throw new Error('The request never arrived')
      case 'unheard':
        accept(chat, message)
        throw new Error('The answer never arrived')
      case 'sent': {
        const externalId = accept(chat, message)
        // Long enough for its own echo, or another's, to be there first.
        await scheduler.wait(faults.answerDelayMs())
        await held
        return { kind: 'sent', externalId }
      }
    }
  }

  function chatOf({ channel }: PlatformIo): Chat {
    const chat = accounts.get(channel.externalId)
    if (chat === undefined) throw new Error(`Nobody has the account ${channel.externalId}`)
    return chat
  }

  const calls: PlatformCalls = {
    send,
    mediaHosts: [mediaHost],
    locateMedia: ({ mediaId }) =>
      Promise.resolve({
        ok: true,
        value: { url: `https://${mediaHost}/${mediaId}`, headers: {}, mimeType: 'image/png' },
      }),
  }
  const adapterOf = (via: Via): ChannelAdapter => ({ platform: via, parse: () => [], limits, calls })

  const platform: ModelPlatform = {
    adapters: [adapterOf('facebook'), adapterOf('instagram')],
    written: [],
    asked: [],
    news: [],
    filesAsked: 0,
    async fetch() {
      platform.filesAsked += 1
      const answer = faults.file()
      await held
      if (answer === 'away') throw new TypeError('fetch failed')
      return answer === 'gone' ? new Response(null, { status: 404 }) : new Response(png, { headers: fileHeaders })
    },
    holdAnswers() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    restart() {
      accounts.clear()
      held = Promise.resolve()
      platform.filesAsked = 0
      platform.written = []
      platform.asked = []
      platform.news = []
    },
    connect: (externalId, chat) => void accounts.set(externalId, chat),
    writeElsewhere(chat, contact, { key, content }) {
      const { tenant, via } = chat
      const externalId = `${via}.${tenant}.elsewhere.${key}`
      const written = { tenant, via, externalId, contact, content, at: now(), reference: null, isUndelivered: false }
      platform.written.push(written)
      echo(chat, written)
    },
    mark({ tenant, via }, contact, status) {
      const mark = { kind: 'watermark', at: now(), contact: contactOf(contact), status, upTo: now() } as const
      tell(tenant, via, `mark ${platform.news.length}`, mark)
    },
  }
  return platform
}
