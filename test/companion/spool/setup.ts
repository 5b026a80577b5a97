import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { SpoolRow } from '../../../companion/account.ts'
import { type Spool, openSpool } from '../../../companion/spool/open-spool.ts'
import type { OutgoingUnit } from '../../../companion/spool/outgoing.ts'
import type { BroadcastItem } from '../../../src/protocol/api.ts'

export const account = { platform: 'telegram', external_id: '1001' }

const folders: string[] = []
const open: Spool[] = []
afterEach(() => {
  for (const spool of open.splice(0)) if (spool.database.sql.isOpen) spool.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-inbox-spool-'))
  folders.push(folder)
  return folder
}

export type Clock = { now: number }

/** A spool whose crash is an exception, and whose clock stands still unless it is moved. */
export function openTestSpool(folder = makeFolder(), clock: Clock = { now: 1_000_000 }): Spool {
  const crash = (error: unknown): never => {
    throw error
  }
  const spool = openSpool(folder, { now: () => clock.now, crash })
  open.push(spool)
  return spool
}

export type Draft = {
  id: string
  lane?: string
  text?: string
  album?: string
  files?: string[]
  replyTo?: string
}

export function row({ id, lane = 'chat', text = '', album, files = [], replyTo }: Draft): SpoolRow {
  return {
    kind: 'item',
    key: `m:${id}`,
    lane,
    item: {
      channel: account,
      conversation: { external_id: lane },
      message: {
        external_id: id,
        direction: 'inbound',
        type: files.length > 0 ? 'image' : 'text',
        content: text,
        created_at: '2026-11-23T10:00:00.000Z',
        ...(files.length > 0 && { attachments: files.map((key) => ({ key, type: 'image' as const })) }),
        ...(replyTo !== undefined && { reply_to_external_id: replyTo }),
      },
    },
    ...(files.length > 0 && {
      files: files.map((key) => ({ key, filename: null, mimeType: 'image/jpeg', locator: { of: `${id}/${key}` } })),
    }),
    ...(album !== undefined && { album }),
  }
}

export function amendment(
  item: Extract<BroadcastItem, { kind: 'edit' | 'delete' | 'reaction' }>,
  lane = 'chat',
): SpoolRow {
  return { kind: 'item', key: `a:${JSON.stringify(item)}`, lane, item }
}

export function add(spool: Spool, ...rows: SpoolRow[]): void {
  for (const one of rows) spool.forAccount(account).transaction((write) => write.add(one))
}

/** What one `take` gives, as items. */
export function itemsOf(units: readonly OutgoingUnit[]): BroadcastItem[] {
  return units.flatMap(({ what }) => (what.kind === 'items' ? what.items : []))
}

/** Takes and delivers everything that can go now. */
export function deliverAll(spool: Spool): BroadcastItem[] {
  const items: BroadcastItem[] = []
  for (let units = spool.outgoing.take(); units.length > 0; units = spool.outgoing.take()) {
    items.push(...itemsOf(units))
    spool.outgoing.settle(units.map((unit) => ({ unit, outcome: 'delivered' })))
  }
  return items
}

export function idsOf(items: readonly BroadcastItem[]): string[] {
  return items.map((item) => ('message' in item ? item.message.external_id : ''))
}
