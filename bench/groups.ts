import { type PeerId, peers } from './contestants.ts'
import { startLoadClient } from './load/load-client.ts'
import { type Measure, type Ready, measureRound, runWork } from './measure.ts'
import { startEdgeInbox } from './peers/edge-inbox.ts'
import type { Absence, RunningPeer } from './peers/peer.ts'
import { usageOf } from './process-usage.ts'
import { contestantsOf } from './report.ts'
import { type Row, stormRow } from './rows.ts'
import { rotate } from './statistics.ts'
import { type Storm, measureStorm } from './storm.ts'

export type Progress = (text: string) => void
export type Setting = { workDir: string; rounds: number; peerIds: readonly PeerId[]; progress: Progress }

const isAbsent = (started: RunningPeer | Absence): started is Absence => 'absentBecause' in started

/** Opens `count` sockets to a running peer. All of them, or it is no measurement. */
async function open(peer: RunningPeer, count: number): Promise<Ready> {
  const load = startLoadClient()
  const { open: opened, firstFailure } = await load.ask({ ask: 'open', sockets: await peer.sockets(count) })
  if (opened !== count) throw new Error(`${opened} of ${count} sockets opened: ${firstFailure}`)
  return { peer, load, nextId: 1 }
}

async function close(ready: Iterable<Ready>): Promise<void> {
  for (const { load, peer } of ready) {
    load.end()
    await peer.stop()
  }
}

export type GroupFindings = {
  measures: Map<Row, Map<string, Measure[]>>
  bytesEach: Map<string, number>
  absent: Set<string>
}

/** All rows that need `sockets` sockets. Every peer's are open at the same time, and the rounds take turns. */
export async function measureGroup(sockets: number, rows: readonly Row[], setting: Setting): Promise<GroupFindings> {
  const ready = new Map<PeerId, Ready>()
  const findings: GroupFindings = { measures: new Map(), bytesEach: new Map(), absent: new Set() }
  try {
    for (const id of setting.peerIds) await enter(id, { sockets, ready, findings, setting })
    for (const row of rows) {
      setting.progress(`${row.title} …`)
      findings.measures.set(row, await measureRow(row, ready, setting))
    }
  } finally {
    await close(ready.values())
  }
  return findings
}

type Entering = { sockets: number; ready: Map<PeerId, Ready>; findings: GroupFindings; setting: Setting }

async function enter(id: PeerId, { sockets, ready, findings, setting }: Entering): Promise<void> {
  const peer = await peers[id](setting.workDir)
  if (isAbsent(peer)) {
    findings.absent.add(peer.absentBecause)
    return
  }
  await warmUp(peer)
  const before = usageOf(peer.pid)
  const opened = await open(peer, sockets)
  ready.set(id, opened)
  opened.nextId = 1000
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const after = usageOf(peer.pid)
  if (before !== null && after !== null) {
    findings.bytesEach.set(id, (after.residentBytes - before.residentBytes) / sockets)
  }
}

/** Some webhooks before the first socket, so that memory is counted from a server at work. */
async function warmUp(peer: RunningPeer): Promise<void> {
  const ready = await open(peer, 1)
  const target = peer.webhookTarget
  await runWork(ready, target, { pacing: { kind: 'receipts', atOnce: 1 }, requests: 60, eventsEach: 1 })
  await ready.load.ask({ ask: 'close' })
  ready.load.end()
}

async function measureRow(row: Row, ready: ReadonlyMap<PeerId, Ready>, setting: Setting) {
  const taking = contestantsOf(row.task).filter(({ peer }) => ready.has(peer))
  const measures = new Map<string, Measure[]>(taking.map(({ id }) => [id, []]))
  for (let round = 0; round < setting.rounds; round += 1) {
    for (const contestant of rotate(taking, round)) {
      const peer = ready.get(contestant.peer)
      if (peer !== undefined) measures.get(contestant.id)?.push(await measureRound(peer, contestant, row))
    }
  }
  return measures
}

/** Only for those that can resume. Ours runs with a counter in front of D1 here, and nowhere else. */
export async function measureStorms(setting: Setting): Promise<Map<string, Storm[]>> {
  const storms = new Map<string, Storm[]>()
  const starters: [string, () => Promise<RunningPeer | Absence>][] = [
    ['Edge Inbox', () => startEdgeInbox(setting.workDir, { entry: 'bench/workers/counting-inbox.ts' })],
    ['Socket.IO', () => peers['socket-io'](setting.workDir)],
  ]
  for (const [title, start] of starters) {
    setting.progress(`${stormRow.sockets} sockets of ${title} cut at once …`)
    const peer = await start()
    if (isAbsent(peer)) continue
    const ready = await open(peer, stormRow.sockets)
    const rounds: Storm[] = []
    try {
      for (let round = 0; round < setting.rounds; round += 1) rounds.push(await measureStorm(ready))
    } finally {
      await close([ready])
    }
    storms.set(title, rounds)
  }
  return storms
}
