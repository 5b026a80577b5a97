import { createServer, type AddressInfo, type Socket } from 'node:net'

export type FakeMail = {
  uid: number
  raw: string
  /** What is wrong with it; asked at each fetch of the mail itself. */
  fault?: () => 'bomb' | 'refuse' | 'hang_up' | 'withhold' | 'nest' | null
  /** No answer to a FETCH has it, though a SEARCH finds it; asked at each. */
  isLeftOut?: () => boolean
  /** As the server writes it. */
  receivedAt?: string
  /** Announced in place of its true size. */
  size?: number
}

/** An IMAP server that may say anything. It knows just what our client asks for. */
export type FakeImap = {
  port: number
  mails: FakeMail[]
  uidValidity: number
  /** Every command it was given, without its tag. */
  commands: string[]
  connections(): number
  /** Tells all who idle that there is something new. */
  announce(): void
  /** How a command is answered instead; null: as usual. */
  answer: (command: string) => string | null
  close(): Promise<void>
}

export async function openFakeImap(): Promise<FakeImap> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.write('* OK ready\r\n')
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
      for (let end = text.indexOf('\r\n'); end !== -1; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        serve(fake, socket, line)
      }
    })
  })
  const fake: FakeImap = {
    port: 0,
    mails: [],
    uidValidity: 77,
    commands: [],
    connections: () => connections,
    announce() {
      for (const socket of sockets) socket.write(`* ${fake.mails.length} EXISTS\r\n`)
    },
    answer: () => null,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fake.port = (server.address() as AddressInfo).port
  return fake
}

const idleTags = new WeakMap<Socket, string>()

function serve(fake: FakeImap, socket: Socket, line: string): void {
  if (line === 'DONE') return void socket.write(`${idleTags.get(socket)} OK done\r\n`)
  const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(line) ?? []
  fake.commands.push(command)
  const special = fake.answer(command)
  if (special !== null) return void socket.write(special.replaceAll('TAG', tag))
  const [verb = '', sub = ''] = command.toUpperCase().split(' ')
  switch (verb === 'UID' ? `UID ${sub}` : verb) {
    case 'CAPABILITY':
      return void socket.write(`* CAPABILITY IMAP4rev1 IDLE\r\n${tag} OK\r\n`)
    case 'LIST':
      return void socket.write(`* LIST () "/" INBOX\r\n${tag} OK\r\n`)
    case 'IDLE':
      idleTags.set(socket, tag)
      return void socket.write('+ idling\r\n')
    case 'LOGOUT':
      return void socket.end(`* BYE\r\n${tag} OK\r\n`)
    case 'EXAMINE':
      return void socket.write(examined(fake, tag))
    case 'UID SEARCH':
      return void socket.write(`* SEARCH ${found(fake, command).join(' ')}\r\n${tag} OK\r\n`)
    case 'UID FETCH':
      return fetchMails(fake, socket, { tag, command })
    default:
      socket.write(`${tag} OK\r\n`)
  }
}

function examined({ mails, uidValidity }: FakeImap, tag: string): string {
  const next = Math.max(0, ...mails.map(({ uid }) => uid)) + 1
  const codes = [`UIDVALIDITY ${uidValidity}`, `UIDNEXT ${next}`]
  return `* FLAGS ()\r\n* ${mails.length} EXISTS\r\n${codes.map((code) => `* OK [${code}] ok\r\n`).join('')}${tag} OK [READ-ONLY] ok\r\n`
}

function found({ mails }: FakeImap, command: string): number[] {
  const all = mails.map(({ uid }) => uid)
  const range = /UID (\d+):(\d+|\*)/i.exec(command.slice(4))
  if (range === null) return all
  const [from, to] = [Number(range[1]), range[2] === '*' ? Number.POSITIVE_INFINITY : Number(range[2])]
  // As the standard has it: the last one is always part of `n:*`.
  const last = range[2] === '*' ? all.slice(-1) : []
  return [...new Set([...all.filter((uid) => uid >= from && uid <= to), ...last])]
}

function fetchMails(fake: FakeImap, socket: Socket, { tag, command }: { tag: string; command: string }): void {
  const wanted = (/FETCH (\S+)/i.exec(command)?.[1] ?? '').split(',').map(Number)
  const isWhole = command.includes('BODY.PEEK[]')
  // Newest first: no server has to keep an order.
  for (const mail of fake.mails.filter(({ uid }) => wanted.includes(uid)).toReversed()) {
    if (mail.isLeftOut?.() === true) continue
    const fault = isWhole ? (mail.fault?.() ?? null) : null
    const head = `* ${fake.mails.indexOf(mail) + 1} FETCH (UID ${mail.uid}`
    if (fault === 'hang_up') return void socket.destroy()
    if (fault === 'refuse') return void socket.write(`${tag} NO it is broken\r\n`)
    if (fault === 'bomb') return void socket.write(`${head} BODY[] {1073741824}\r\n${'x'.repeat(1000)}`)
    if (fault === 'nest') return void socket.write(`${head} BODYSTRUCTURE ${'('.repeat(200_000)}\r\n`)
    if (fault === 'withhold') continue
    const header = mail.raw.slice(0, mail.raw.indexOf('\r\n\r\n') + 4)
    const items = isWhole
      ? [`BODY[] {${mail.raw.length}}\r\n${mail.raw}`]
      : [
          `RFC822.SIZE ${mail.size ?? mail.raw.length}`,
          `INTERNALDATE "${mail.receivedAt ?? '23-Nov-2026 08:00:00 +0000'}"`,
          ...(command.includes('BODY.PEEK[HEADER]') ? [`BODY[HEADER] {${header.length}}\r\n${header}`] : []),
        ]
    socket.write(`${head} ${items.join(' ')})\r\n`)
  }
  socket.write(`${tag} OK\r\n`)
}
