import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { findDovecot } from '../../../scripts/lib/dovecot.ts'

const run = promisify(execFile)

/** A real IMAP server on loopback, with mailboxes of its own. Works for root and for everybody else. */
export type Dovecot = {
  imapPort: number
  /** Delivers by LMTP, all over one connection. */
  deliver(user: string, mails: readonly string[]): Promise<void>
  /** Puts a mail into a folder as it is. */
  save(user: string, folder: string, mail: string): Promise<void>
  doveadm(...args: string[]): Promise<string>
  /** Forgets every number of a folder, as a restored backup does. */
  renumber(user: string, folder: string): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
}

/** `tokens`: where access tokens are asked about, for XOAUTH2. */
export type DovecotOptions = { users: Readonly<Record<string, string>>; tokens?: { port: number } }

export const hasDovecot = findDovecot(process.env) !== null

export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const program = findDovecot(process.env)
  if (program === null) throw new Error('there is no Dovecot 2.3 here')
  const folder = mkdtempSync(join(tmpdir(), 'edge-inbox-dovecot-'))
  const [imapPort = 0, lmtpPort = 0] = await freePorts(2)
  const config = writeConfig(folder, options, { imapPort, lmtpPort })
  let server: ChildProcess | null = null
  process.once('exit', () => server?.kill('SIGTERM'))

  async function start(): Promise<void> {
    // A daemon holds inherited pipes open for good.
    const child = spawn(program ?? '', ['-F', '-c', config], { stdio: 'ignore' })
    server = child
    await untilOpen(imapPort, child)
    await untilOpen(lmtpPort, child)
  }
  async function stop(): Promise<void> {
    const child = server
    server = null
    if (child === null || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  const doveadm = async (...args: string[]) => (await run('doveadm', ['-c', config, ...args])).stdout

  await start()
  return {
    imapPort,
    start,
    stop,
    doveadm,
    deliver: (user, mails) => deliverByLmtp(lmtpPort, user, mails),
    async save(user, path, mail) {
      const child = spawn('doveadm', ['-c', config, 'save', '-u', user, '-m', path], {
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      child.stdin.end(mail)
      const code = await new Promise((resolve) => child.once('exit', resolve))
      if (code !== 0) throw new Error(`doveadm save ended with ${String(code)}`)
    },
    async renumber(user, path) {
      await stop()
      const mailbox = path === 'INBOX' ? '' : `.${path}`
      const maildir = join(folder, 'mail', user, mailbox)
      for (const name of readdirSync(maildir))
        if (name.startsWith('dovecot')) rmSync(join(maildir, name), { recursive: true })
      // Mails and folder keep their times; the next number of validity is made from the clock, in seconds.
      await sleep(1100)
      await start()
    },
    async remove() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Ports = { imapPort: number; lmtpPort: number }

function writeConfig(folder: string, { users, tokens }: DovecotOptions, ports: Ports): string {
  const isRoot = process.getuid?.() === 0
  for (const name of ['run', 'mail']) mkdirSync(join(folder, name))
  chmodSync(folder, 0o755)
  if (isRoot) chownSync(join(folder, 'mail'), ...mailOwner())
  const passwords = Object.entries(users).map(([user, password]) => `${user}:{PLAIN}${password}`)
  writeFileSync(join(folder, 'passwd'), `${passwords.join('\n')}\n`)
  if (tokens !== undefined) writeFileSync(join(folder, 'oauth2.ext'), tokenConfig(tokens.port))
  const path = join(folder, 'dovecot.conf')
  writeFileSync(path, configText(folder, { ...ports, isRoot, hasTokens: tokens !== undefined }))
  return path
}

function mailOwner(): [number, number] {
  // Debian's user `mail`, whom the package is made for.
  return [8, 8]
}

function tokenConfig(port: number): string {
  return [
    `tokeninfo_url = http://127.0.0.1:${port}/tokeninfo?access_token=`,
    'username_attribute = email',
    'introspection_mode = auth',
    `introspection_url = http://127.0.0.1:${port}/introspect`,
    'active_attribute = active',
    'active_value = true',
    '',
  ].join('\n')
}

function configText(
  folder: string,
  { imapPort, lmtpPort, isRoot, hasTokens }: Ports & { isRoot: boolean; hasTokens: boolean },
): string {
  const self = userInfo().username
  const rights = isRoot
    ? 'mail_uid = mail\nmail_gid = mail\nfirst_valid_uid = 1'
    : `default_internal_user = ${self}\ndefault_login_user = ${self}\ndefault_internal_group = ${self}
service imap-login {\n  chroot =\n}\nservice anvil {\n  chroot =\n}\nservice stats {\n  chroot =\n}
first_valid_uid = 1`
  const owner = isRoot ? 'uid=mail gid=mail' : `uid=${process.getuid?.() ?? 0} gid=${process.getgid?.() ?? 0}`
  const oauth = `passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = ${folder}/oauth2.ext\n}`
  return `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${folder}/run
log_path = ${folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login${hasTokens ? ' xoauth2' : ''}
auth_failure_delay = 0
mail_location = maildir:${folder}/mail/%u
mail_max_userip_connections = 100
${rights}
${hasTokens ? oauth : ''}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/passwd
}
userdb {
  driver = static
  args = ${owner} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = create
    special_use = \\Sent
  }
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
  process_min_avail = 0
}
# Every test comes from one address, and the wrong password of one is no reason to let the others wait.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
protocol lmtp {
  auth_username_format = %u
}
`
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null)
      throw new Error(`dovecot ended with ${child.exitCode}; its folder: ${dirname(child.spawnargs.at(-1) ?? '')}`)
    if (await isOpen(port)) return
    await sleep(25)
  }
  throw new Error('dovecot did not open its port')
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function deliverByLmtp(port: number, user: string, mails: readonly string[]): Promise<void> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, lmtp: true, ignoreTLS: true, logger: false })
  connection.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())))
  for (const mail of mails) {
    await new Promise<void>((resolve, reject) => {
      connection.send({ from: 'sender@customer.example', to: [user] }, mail, (error) =>
        error ? reject(error) : resolve(),
      )
    })
  }
  connection.quit()
}
