import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/paths.ts'
import { ScriptError } from '../lib/terminal.ts'

const relayName = 'demo-mail-relay'

/**
 * wrangler.toml as the demo runs it: its local part with the stand-in of the mail relay bound in the relay's place, and
 * with whole paths, as it lies elsewhere.
 */
export function withMailRelay(toml: string, folder: string): string {
  const [local = ''] = toml.split(/^\[env\./m)
  const binding = `[[services]]\nbinding = "MAIL"\nservice = "${relayName}"\nentrypoint = "MailRelay"`
  const changed = local
    .replace('[[send_email]]\nname = "MAIL"', binding)
    .replaceAll(/^(main|directory|migrations_dir) = "(?!\/)([^"]+)"/gm, (_, key: string, path: string) => {
      return `${key} = ${JSON.stringify(join(folder, path))}`
    })
  if (!changed.includes(binding)) throw new ScriptError('wrangler.toml has no [[send_email]] called MAIL to replace.')
  return changed
}

/** The stand-in itself: what it is told beside its code is where mail goes, and the queue that hears what became of it. */
export function relayToml(toml: string, takesMail: string): string {
  const date = /^compatibility_date = "[^"]+"$/m.exec(toml)?.[0]
  const queue = /^queue = "[^"]+-mail-events"$/m.exec(toml)?.[0]
  if (date === undefined || queue === undefined) throw new ScriptError('wrangler.toml names no queue of mail events.')
  return [
    `name = "${relayName}"`,
    `main = ${JSON.stringify(join(root, 'test/worker/mail-relay-worker.ts'))}`,
    date,
    `[vars]\nTAKES_MAIL = "${takesMail}"`,
    `[[queues.producers]]\nbinding = "MAIL_EVENTS"\n${queue}\n`,
  ].join('\n')
}

/** Writes both, and gives the files in the order in which wrangler wants them. */
export function writeMailConfigs(folder: string, takesMail: string): [string, string] {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8')
  mkdirSync(folder, { recursive: true })
  const files: [string, string] = [join(folder, 'inbox.toml'), join(folder, 'mail-relay.toml')]
  writeFileSync(files[0], withMailRelay(toml, root))
  writeFileSync(files[1], relayToml(toml, takesMail))
  return files
}
