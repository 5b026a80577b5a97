import type { PlantedFault } from './planted-faults.ts'

const takeIn = 'src/mail/take-in-mail.ts'

/** Faults in taking mail in, in placing it, and in sending it. */
export const intoMail: readonly PlantedFault[] = [
  {
    name: 'mail-taken-before-commit',
    breaks: 'G1: a mail is accepted by returning, once its row is committed',
    patches: [
      {
        file: takeIn,
        find: 'const [result] = await receive(env, tenantId, ingestItems)',
        replace:
          'void receive(env, tenantId, ingestItems).catch(() => undefined)\n' +
          "  const result = { outcome: 'stored', messageId: null, conversationId: null, seq: null }",
      },
    ],
  },
  {
    name: 'mail-failure-swallowed',
    breaks: 'G1: a mail that could not be stored is sent again',
    patches: [
      {
        file: 'src/jobs/email.ts',
        find: '...errorFields(error) })\n    throw error',
        replace: '...errorFields(error) })',
      },
    ],
  },
  {
    name: 'mail-without-a-key',
    breaks: 'G2: one mail however often it comes',
    patches: [
      {
        file: takeIn,
        find: 'const name = { tenantId, channelId, externalId: externalIdOf(mail, direction) }',
        replace:
          'const name = { tenantId, channelId, externalId: `${externalIdOf(mail, direction)} ${crypto.randomUUID()}` }',
      },
    ],
  },
  {
    name: 'mail-known-by-its-id-alone',
    breaks: 'G2: two mails of one id are two mails',
    patches: [
      {
        file: 'src/channels/email/identity.ts',
        find: "return direction === 'outbound' ? messageId : `${messageId} ${fingerprint}`",
        replace: 'return messageId',
      },
    ],
  },
  {
    name: 'raw-mail-optional',
    breaks: 'G7: a mail is kept as it came',
    patches: [
      {
        file: 'src/mail/put-mail-objects.ts',
        find: "put('raw', raw),",
        replace: "put('raw', raw).catch(() => undefined),",
      },
    ],
  },
  {
    name: 'mail-before-its-objects',
    breaks: 'G1: what a message names is there before it is',
    patches: [
      { file: takeIn, find: 'await putMailObjects(env.BUCKET, facts, delivery.raw)', replace: '' },
      {
        file: takeIn,
        find: 'return handOver(env, delivery, { mailbox, items })',
        replace:
          'const intake = await handOver(env, delivery, { mailbox, items })\n' +
          '  await putMailObjects(env.BUCKET, facts, delivery.raw)\n  return intake',
      },
    ],
  },
  {
    name: 'thread-by-arrival',
    breaks: 'G8: mails of one thread meet in whatever order they come',
    patches: [
      {
        file: 'src/mail/mail-item.ts',
        find: "derivedId('mail thread', mail.references[0] ?? mail.inReplyTo[0] ?? mail.messageId)",
        replace: "derivedId('mail thread', mail.messageId)",
      },
    ],
  },
  {
    name: 'bounce-changes-nothing',
    breaks: 'a reply that came back has failed',
    patches: [{ file: takeIn, find: '...(status === null ? [] : [status])', replace: '' }],
  },
  {
    name: 'relay-asked-again',
    breaks: 'what may have been sent is not sent again by itself',
    patches: [
      {
        file: 'src/channels/email/send-failure.ts',
        find: "return { kind: 'unknown', reason: typeof code === 'string' ? code.slice(0, 100) : 'relay.broke_off' }",
        replace:
          "return { kind: 'rejected', error: { code: 'x', title: 'x', details: null, kind: 'unreachable' }, retryAfterMs: 0 }",
      },
    ],
  },
]
