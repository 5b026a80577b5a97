import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateFolder } from '../data-folder.ts'

/** Raw mails, each in a file beside the database: megabytes have no place in its rows. */
export type MailFiles = {
  /** On the disk when it returns, but for the folder's entry. The same mail has the same name. */
  write(account: string, key: string, raw: Uint8Array): string
  /** Puts the folder's entries on the disk: before the rows that name them. */
  sync(): void
  read(name: string): Promise<Uint8Array<ArrayBuffer>>
  remove(name: string): void
  /** Removes what no row names: written before a crash, and never committed. */
  sweep(named: ReadonlySet<string>): void
}

export function openMailFiles(directory: string): MailFiles {
  makePrivateFolder(directory)
  return {
    write(account, key, raw) {
      const name = `${createHash('sha256').update(`${account}\n${key}`).digest('hex').slice(0, 40)}.eml`
      const file = openSync(join(directory, name), 'w', 0o600)
      try {
        for (let at = 0; at < raw.length;) at += writeSync(file, raw, at)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      return name
    },
    sync() {
      const folder = openSync(directory, 'r')
      try {
        fsyncSync(folder)
      } finally {
        closeSync(folder)
      }
    },
    read: async (name) => new Uint8Array(await readFile(join(directory, name))),
    remove: (name) => rmSync(join(directory, name), { force: true }),
    sweep(named) {
      for (const name of readdirSync(directory)) if (!named.has(name)) rmSync(join(directory, name), { force: true })
    },
  }
}
