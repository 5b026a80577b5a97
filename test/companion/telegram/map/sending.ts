import { Long, MtPeerNotFoundError, tl } from '@mtcute/core'
import type { Command } from '../../../../src/protocol/companion.ts'
import type { Attempt, AttemptOutcome } from '../../../../companion/account.ts'
import { openMemory } from '../../../../companion/telegram/map-memory.ts'
import { sendCommand, type SendingClient } from '../../../../companion/telegram/send.ts'
import { at, now, olena } from './telegram.ts'

export const ours = '11111111-2222-8333-8444-555555555555'
export const nonce = 0x1234_5678_9abc_def0n

export function command(fields: Partial<Command> = {}): Command {
  return {
    seq: 1,
    id: '99999999-2222-8333-8444-555555555555',
    message_id: ours,
    conversation: { external_id: String(olena), thread: '' },
    type: 'text',
    content: 'Ready on Friday',
    reply_to_external_id: null,
    attachments: [],
    mail: null,
    created_at: new Date(now - 5000).toISOString(),
    ...fields,
  }
}

export const file = (mimeType: string, filename = 'a.bin', size = 10): Command['attachments'][number] => ({
  filename,
  mime_type: mimeType,
  size,
  url: `/files/${filename}`,
})

export function rpcError(code: number, errorMessage: string): tl.RpcError {
  return tl.RpcError.fromTl({ _: 'mt_rpc_error', errorCode: code, errorMessage })
}

type Request = { _: string } & Record<string, unknown>
/** What Telegram answers to a method; an error is thrown. */
export type Answers = Record<string, (request: Request, time: number) => unknown>

const short = { _: 'updateShortSentMessage', out: true, id: 71, pts: 5, ptsCount: 1, date: at }

function answered(request: Request): unknown {
  const parts = request['multiMedia'] as { randomId: tl.Long }[] | undefined
  const randomIds = parts?.map(({ randomId }) => randomId) ?? [request['randomId'] as tl.Long]
  return {
    _: 'updates',
    updates: randomIds.map((randomId, part) => ({ _: 'updateMessageID', id: 80 + part, randomId })),
    users: [],
    chats: [],
    date: at,
    seq: 0,
  }
}

/** A Telegram that notes what it is asked, and answers as told. */
export function telegram(answers: Answers = {}) {
  const requests: Request[] = []
  const uploads: { fileName?: string | undefined; fileMime?: string | undefined; fileSize?: number | undefined }[] = []
  const seen: tl.TypeUpdates[] = []
  const usual: Answers = {
    'messages.sendMessage': () => short,
    'messages.sendMedia': answered,
    'messages.sendMultiMedia': answered,
    'messages.uploadMedia': () => ({
      _: 'messageMediaDocument',
      document: {
        _: 'document',
        id: Long.fromNumber(requests.length),
        accessHash: Long.ONE,
        fileReference: new Uint8Array(2),
      },
    }),
    'messages.getHistory': () => ({ _: 'messages.messages', messages: [], users: [], chats: [], topics: [] }),
  }
  const client = {
    call: (request: Request) => {
      requests.push(request)
      const answer = answers[request._] ?? usual[request._]
      const time = requests.filter(({ _ }) => _ === request._).length
      return Promise.resolve().then(() => {
        const value = answer?.(request, time)
        if (value instanceof Error) throw value
        return value
      })
    },
    uploadFile: async (params: (typeof uploads)[number] & { file: ReadableStream }) => {
      await new Response(params.file).arrayBuffer()
      uploads.push({ fileName: params.fileName, fileMime: params.fileMime, fileSize: params.fileSize })
      return { inputFile: { _: 'inputFile', id: Long.ONE, parts: 1, name: '', md5Checksum: '' } }
    },
    resolvePeer: (peerId: number) => {
      if (peerId === 404) return Promise.reject(new MtPeerNotFoundError('not known'))
      return Promise.resolve({ _: 'inputPeerUser', userId: peerId, accessHash: Long.ONE })
    },
    handleClientUpdate: (updates: tl.TypeUpdates) => seen.push(updates),
  } as unknown as SendingClient
  return { client, requests, uploads, seen }
}

export function sender(answers: Answers = {}) {
  const fake = telegram(answers)
  const memory = openMemory(':memory:')
  const openFile = (url: string) =>
    url.includes('missing')
      ? Promise.reject(new Error('404'))
      : Promise.resolve({ body: new Response('0123456789').body ?? new ReadableStream(), size: 10 })
  const send = (fields: Partial<Command> = {}, attempt: Partial<Attempt> = {}): Promise<AttemptOutcome> =>
    sendCommand(
      fake.client,
      { command: command(fields), nonce, isRepeat: false, ...attempt },
      { memory, openFile, now: () => now },
    )
  return { ...fake, memory, send }
}
