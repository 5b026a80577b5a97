import type { InboundMessage, ParsedUpdate } from '../channel.ts'
import { type Change, emptyChange, updateOf, updatesOfList } from './change.ts'
import { contactOf, findContact, identityOf, readContacts, type WireContact, withContact } from './identity.ts'
import { Envelope, type Origin, readMessage, refusalOf } from './message.ts'
import { isObject, msOfSeconds } from '../meta/wire.ts'

/** The name under which messages are shown that the business wrote on its phone. */
export const phoneAppName = 'WhatsApp Business app'

/** The fields that echo what the business itself wrote elsewhere, on its phone or through another system. */
export function parseEchoes(change: Change): ParsedUpdate[] {
  const contacts = readContacts(change.value['contacts'])
  const updates = updatesOfList(change, 'message_echoes', (echo) => parseEcho(change, contacts, echo))
  return updates.length > 0 ? updates : [emptyChange(change, ['message_echoes'])]
}

const customerFields = { address: 'to', user: 'to_user_id', parentUser: 'to_parent_user_id' }

function parseEcho(change: Change, contacts: readonly WireContact[], echo: unknown): ParsedUpdate {
  const envelope = Envelope.safeParse(echo).data
  if (!isObject(echo) || envelope === undefined) {
    return updateOf(change, { message_echoes: [echo] }, () => ({ refused: refusalOf(echo) }))
  }
  const customer = identityOf(echo, customerFields)
  const contact = findContact(contacts, customer, true)
  const part = { ...(contact && { contacts: [contact.raw] }), message_echoes: [echo] }
  return updateOf(change, part, () => {
    const group = envelope.group_id
    return readMessage(echo, {
      at: msOfSeconds(envelope.timestamp) || change.at,
      contact:
        group === undefined
          ? contactOf(withContact(customer, contact), contact)
          : { aliases: [{ kind: 'group', value: group }] },
      ...outbound(envelope, change.field === 'smb_message_echoes' ? phoneAppName : undefined),
    })
  })
}

type Authorship = Pick<Origin, 'direction' | 'by' | 'sender'>

/** What holds of every message the business wrote; `name` tells on what device, where that is known. */
export function outbound(envelope: Envelope, name: string | undefined): Authorship {
  const sender: InboundMessage['sender'] =
    envelope.from === undefined ? undefined : { externalId: envelope.from, ...(name !== undefined && { name }) }
  return { direction: 'outbound', by: 'business', sender }
}
