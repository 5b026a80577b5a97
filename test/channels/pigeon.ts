import { z } from 'zod'
import type { ChannelAdapter, ParsedUpdate } from '../../src/channels/channel.ts'
import type { OutboundLimits, OutboundMessage, PlatformIo, SendOutcome } from '../../src/channels/outbound.ts'

// A platform that nobody has heard of: all that such a platform's folder needs to hold.

const Letter = z.object({ id: z.string(), from: z.string(), name: z.string(), text: z.string(), at: z.number() })
const Delivery = z.object({ loft: z.string(), letters: z.array(z.unknown()) })

function parse(delivery: unknown): ParsedUpdate[] {
  const read = Delivery.safeParse(delivery)
  if (!read.success) return [{ kind: 'refused', reason: 'pigeon.malformed', raw: delivery ?? null }]
  const { loft, letters } = read.data
  return letters.map((letter) => parseLetter(loft, letter))
}

function parseLetter(loft: string, letter: unknown): ParsedUpdate {
  const raw = { loft, letters: [letter] }
  const to = { channelExternalId: loft }
  const read = Letter.safeParse(letter)
  if (!read.success) return { kind: 'refused', to, reason: 'pigeon.letter_malformed', raw }
  const { id, from, name, text, at } = read.data
  return {
    kind: 'item',
    to,
    raw,
    item: {
      kind: 'message',
      at,
      externalId: id,
      contact: { aliases: [{ kind: 'address', value: from.toLowerCase() }], name },
      direction: 'inbound',
      type: 'text',
      content: text,
    },
  }
}

const limits: OutboundLimits = {
  text: 40,
  caption: null,
  unit: 'characters',
  attachments: 0,
  fileBytes: {},
  buttons: 0,
  buttonTitle: 0,
  canReplyTo: false,
  canReact: false,
  hasTemplates: false,
}

export const loftUrl = 'https://loft.example'

async function send(
  { id, to, content }: OutboundMessage,
  { fetch, channel, credentials }: PlatformIo,
  aboutToSend: () => Promise<void>,
): Promise<SendOutcome> {
  await aboutToSend()
  const response = await fetch(`${loftUrl}/${channel.externalId}/letters`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credentials['whistle']}` },
    body: JSON.stringify({ to: to[0].value, text: content, reference: id }),
  })
  const { ring } = z.object({ ring: z.string() }).parse(await response.json())
  return { kind: 'sent', externalId: ring }
}

export const pigeon: ChannelAdapter = {
  platform: 'pigeon',
  parse,
  webhooks: 'meta',
  aliasOf: (address) => ({ kind: 'address', value: address.toLowerCase() }),
  limits,
  calls: { send },
}
