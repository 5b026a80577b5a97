import type { RelayMail } from '../../src/channels/outbound.ts'

/** What is sent through it, and how it answers: by an id of its own, or by what it is told to throw. */
export type FakeRelay = {
  sent: RelayMail[]
  /** For the sends to come, in turn; undefined is an answer like any other. */
  failures: (Error | undefined)[]
  binding: SendEmail
}

export const relayError = (code: string) => Object.assign(new Error('said by the relay'), { code })

export function createFakeRelay(domain = 'slovo.example'): FakeRelay {
  const relay: FakeRelay = {
    sent: [],
    failures: [],
    binding: {
      send: async (builder: unknown) => {
        const failure = relay.failures.shift()
        if (failure !== undefined) throw failure
        relay.sent.push(builder as RelayMail)
        return { messageId: `<sent-${relay.sent.length}-${crypto.randomUUID()}@${domain}>` }
      },
    },
  }
  return relay
}
