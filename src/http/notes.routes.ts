import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { receive } from '../hub/call-hub.ts'
import type { NoteItem } from '../ingest/items.ts'
import { noteId } from '../ingest/staff.ts'
import { AppError } from '../lib/app-error.ts'
import { cleanText } from '../lib/text.ts'
import { resolveMentions } from '../notifications/mentions.ts'
import { CreateNoteBody, CreateNoteResponse, NoteList, StaffList } from '../protocol/notes.ts'
import { openDatabase } from '../store/database.ts'
import { readNote, readNotes, toWireNote } from '../store/notes.ts'
import { listStaff } from '../store/staff.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { cutPage, decodeCursor, encodeCursor } from './cursor.ts'
import { describe } from './describe.ts'
import { conversationNotFound, refusalOf } from './refusals.ts'
import { noteSeen } from './staff-seen.ts'
import { validate } from './validate.ts'

const base = '/api/v1/communications'
const path = `${base}/conversations/:id/notes`

// Any text: an id of a strange form is one that is not found, like another tenant's.
const IdParam = z.object({ id: z.string() })
const Query = z.object({
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
const Position = z.tuple([z.number()])

const listing = describe({
  tag: 'reading',
  summary: 'What the staff wrote to each other in a conversation, newest first',
  caller: 'user',
  answers: { 200: NoteList },
  errors: { 400: '`request.invalid`, `cursor.invalid`', 404: '`conversation.not_found`' },
})
const writing = describe({
  tag: 'writing',
  summary: 'Writes a note to the rest of the staff; whom it names is notified',
  description: 'The same `client_note_id` in the same conversation is the same note: repeating the request is safe.',
  caller: 'user',
  answers: { 200: CreateNoteResponse },
  errors: {
    404: '`conversation.not_found`',
    409: '`conversation.merged`',
    422: '`note.empty`, `mention.unknown`',
  },
})
const introducing = describe({
  tag: 'reading',
  summary: 'The users who have signed in at some time: whom a note can name',
  caller: 'user',
  answers: { 200: StaffList },
})

export const noteRoutes = new Hono<AppEnv>()
  .get(path, listing, requireUser, validate('param', IdParam), validate('query', Query), async (c) => {
    const { before, limit } = c.req.valid('query')
    const position = decodeCursor(before, Position)
    const page = { before: position?.[0] ?? null, limit }
    const db = openDatabase(c.env.DB)
    const { isKnown, rows, head } = await readNotes(db, c.var.user.tenantId, c.req.valid('param').id, page)
    if (!isKnown) throw conversationNotFound()
    const { page: shown, last } = cutPage(rows, limit)
    return c.json({
      items: shown.map(toWireNote),
      next_cursor: last === null ? null : encodeCursor([last.seq]),
      as_of: head.seq,
      epoch: head.epoch,
    })
  })
  .post(path, writing, requireUser, validate('param', IdParam), validate('json', CreateNoteBody), async (c) => {
    noteSeen(c, c.var.user)
    return c.json(await store(c, await draftNote(c, c.req.valid('param').id, c.req.valid('json'))))
  })
  .get(`${base}/staff`, introducing, requireUser, async (c) => {
    const staff = await listStaff(openDatabase(c.env.DB), c.var.user.tenantId)
    return c.json({ items: staff.map(({ userId, name, role }) => ({ user_id: userId, name, role })) })
  })

async function draftNote(c: Context<AppEnv>, conversationId: string, body: CreateNoteBody): Promise<NoteItem> {
  const { tenantId, userId, name } = c.var.user
  const text = cleanText(body.text).trim()
  if (text === '') throw new AppError('note.empty', 422, 'A note says something.')
  const staff = (await listStaff(openDatabase(c.env.DB), tenantId)).map((row) => ({ id: row.userId, name: row.name }))
  const { ids, unknown } = resolveMentions({ text, picked: body.mentions, staff })
  if (unknown.length > 0) throw new AppError('mention.unknown', 422, 'The note names a user who is none of the staff.')
  return {
    kind: 'note',
    conversationId,
    clientNoteId: body.client_note_id,
    at: Date.now(),
    author: { userId, name },
    text,
    mentions: ids,
  }
}

async function store(c: Context<AppEnv>, item: NoteItem): Promise<z.infer<typeof CreateNoteResponse>> {
  const { tenantId } = c.var.user
  const [result] = await receive(c.env, tenantId, [{ item }])
  if (result === undefined || result.outcome === 'refused') throw refusalOf(result?.code)
  const row = await readNote(openDatabase(c.env.DB), tenantId, noteId(tenantId, item))
  if (row === null) throw new Error('A note that was stored is not there')
  return { note: toWireNote(row), seq: row.seq }
}
