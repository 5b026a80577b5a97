import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { closeSockets } from '../../src/hub/call-hub.ts'
import { closeCodes } from '../../src/protocol/close-codes.ts'
import { hubOf, type SceneTenant } from './scene.ts'
import { edgeEnvironment, faults } from './worker.ts'

export async function evict(tenant: SceneTenant, webSockets: 'hibernate' | 'close'): Promise<void> {
  // The runtime lets the hub finish what it does first, and waits half a minute for one that crashes meanwhile.
  const { weather } = faults
  faults.weather = { ...weather, crash: 0 }
  try {
    await evictDurableObject(hubOf(tenant), { webSockets })
  } catch {
    // It was not running.
  }
  faults.weather = weather
}

/** As an operator does who has restored the database, whatever the hub is at. Its pages come back. */
export async function sendAway({ id }: SceneTenant): Promise<string> {
  const closing = { code: closeCodes.resync, reason: 'Everybody loads anew.' }
  return closeSockets(edgeEnvironment(env), id, closing).then(
    (sockets) => `${sockets} sockets`,
    (error: unknown) => String(error),
  )
}
