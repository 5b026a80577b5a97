import { type ChildProcess, fork, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { stopChild } from '../../scripts/lib/run.ts'
import type { MiniflareSpec } from '../servers/miniflare-server.ts'

export type ServerProcess = { pid: number; stop: () => Promise<void> }

const startTimeoutMs = 60_000
const serverFile = (name: string): string => join(import.meta.dirname, '../servers', name)

export async function startMiniflare(spec: MiniflareSpec): Promise<ServerProcess> {
  const child = fork(serverFile('miniflare-server.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const report = new Promise<string>((resolve, reject) => {
    child.once('message', (text) => resolve(typeof text === 'string' ? text : JSON.stringify(text)))
    child.once('exit', () => reject(new Error('The Miniflare process ended by itself')))
  })
  child.send(spec)
  const text = await report
  if (text !== 'ready') throw new Error(text)
  return { pid: pidOf(child), stop: () => disconnect(child) }
}

/** Miniflare ends its workerd when its parent goes away. */
async function disconnect(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  child.disconnect()
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))])
  await stopChild(child)
}

/** Starts a server that says nothing, and waits until somebody listens on its port. */
export async function startServer(command: string, file: string, args: string[], port: number): Promise<ServerProcess> {
  const child = spawn(command, [serverFile(file), ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  const deadline = Date.now() + startTimeoutMs
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${file} did not start`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { pid: pidOf(child), stop: () => stopChild(child, 2000) }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('The process did not start')
  return child.pid
}
