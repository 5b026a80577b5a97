import type { PlantedFault } from './planted-faults.ts'

/** Faults in storing replies, in the work on them, and in what is said of them. */
export const intoReplies: readonly PlantedFault[] = [
  {
    name: 'send-not-idempotent',
    breaks: 'G2: one reply however often it is handed in',
    patches: [
      {
        file: 'src/ingest/send.ts',
        find: 'const known = draft.messages.byKey.get(sendMessageId(draft.context.tenantId, item))',
        replace:
          'item = { ...item, clientMessageId: `${item.clientMessageId} ${draft.head.seq}` }\n  const known = undefined',
      },
      {
        file: 'src/ingest/send.ts',
        find: 'clientMessageId: item.clientMessageId,',
        replace: "clientMessageId: item.clientMessageId.split(' ').slice(0, 2).join(' '),",
      },
    ],
  },
  {
    name: 'job-not-in-the-batch',
    breaks: 'G6: what is to be done is written down with what makes it necessary',
    patches: [
      {
        file: 'src/ingest/commit.ts',
        find: "...writeRows(d1, table.jobs, addedJobs(draft), 'ignore'),",
        replace: '',
      },
      {
        file: 'src/ingest/ingest.ts',
        find: 'remember(context.memory, plan.draft, isCommitted)',
        replace:
          'remember(context.memory, plan.draft, isCommitted)\n' +
          "      await import('./commit.ts').then((it) => it.writeJobsLater(d1, plan.draft))",
      },
      {
        file: 'src/ingest/commit.ts',
        find: 'function moveHead(',
        replace:
          'export async function writeJobsLater(d1, draft) {\n' +
          "  const late = writeRows(d1, table.jobs, addedJobs(draft), 'ignore')\n" +
          '  if (late.length > 0) await d1.batch(late)\n}\n\nfunction moveHead(',
      },
    ],
  },
  {
    name: 'echo-makes-a-second-row',
    breaks: 'an echo of a reply is that reply',
    patches: [
      {
        file: 'src/ingest/message.ts',
        find: 'return adoptEcho(draft, item, { channelId: channel.id, contact }) ?? storeMessage(',
        replace: 'return storeMessage(',
      },
    ],
  },
  {
    name: 'wrong-guess-stays',
    breaks: 'the answer to the request is right where a guess was not',
    patches: [
      {
        file: 'src/ingest/adopt.ts',
        find: 'if (guess !== undefined) undoGuess(draft, message)',
        replace: '',
      },
    ],
  },
  {
    name: 'unknown-is-sent-again',
    breaks: 'what may have been sent is not sent again by itself',
    patches: [
      {
        file: 'src/ingest/delivery.ts',
        find: "endJob(draft, job, isSeen ? 'done' : 'failed', isSeen ? null : outcome.error)",
        replace:
          "endJob(draft, job, isSeen ? 'done' : 'failed', isSeen ? null : outcome.error)\n" +
          "  if (outcome.kind === 'unknown' && !isSeen && !isGuess) {\n" +
          '    addSendJob(draft, message, { at: item.at, seq: message.seq })\n' +
          '    return message\n  }',
      },
      {
        file: 'src/ingest/delivery.ts',
        find: 'import { endJob, isOpenJob }',
        replace: 'import { addSendJob, endJob, isOpenJob }',
      },
    ],
  },
  {
    name: 'retry-twice',
    breaks: 'asking twice at once for another attempt is asking once',
    patches: [
      {
        file: 'src/ingest/send.ts',
        find: "if (message.status === 'queued' && isUnderWay) return duplicate(message)",
        replace: '',
      },
      {
        file: 'src/ingest/send.ts',
        find: 'if (!hasEnded || !isOurs || isUnderWay)',
        replace: "if (!(hasEnded || message.status === 'queued') || !isOurs)",
      },
    ],
  },
  {
    name: 'watermark-goes-back',
    breaks: 'G8: marks only move forward',
    patches: [
      {
        file: 'src/ingest/marks.ts',
        find: 'deliveredUntil: Math.max(contact.deliveredUntil, upTo),',
        replace: 'deliveredUntil: upTo,',
      },
      {
        file: 'src/ingest/marks.ts',
        find: 'const isMoved = marked.deliveredUntil > contact.deliveredUntil ||',
        replace: 'const isMoved = marked.deliveredUntil !== contact.deliveredUntil ||',
      },
    ],
  },
  {
    name: 'early-mark-forgotten',
    breaks: 'G8: a mark reaches what is stored after it',
    patches: [
      {
        file: 'src/ingest/adopt.ts',
        find: 'return contact === undefined ? row : putRow(draft.messages, withMarks(row, contact))',
        replace: 'return row',
      },
    ],
  },
  {
    name: 'no-sweep',
    breaks: 'G6: a message the queue has lost is found by the sweep',
    patches: [{ file: 'src/jobs/sweep.ts', find: 'await ringJobs(env.JOBS, jobs)', replace: '' }],
  },
]
