import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAccess } from '../../../companion/link/access.ts'
import { type WorkerApi, createWorkerApi } from '../../../companion/link/worker-api.ts'
import { type FakeWorker, startFakeWorker } from '../fake-worker.ts'

const mib = 1024 * 1024
let worker: FakeWorker
let api: WorkerApi
let limits: number[]

beforeEach(async () => {
  worker = await startFakeWorker()
  limits = []
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    limits.push(ms)
    return timeout(ms)
  })
  const access = createAccess({ now: Date.now, changed: () => undefined })
  const { signal } = new AbortController()
  api = createWorkerApi({ url: worker.url, serviceKey: () => worker.serviceKey, access, signal, fetch })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await worker.close()
})

const mailOf = (bytes: number) => {
  const raw = new Uint8Array(bytes).fill(97)
  new TextEncoder().encodeInto('Message-ID: <1@customer.example>\r\n\r\n', raw)
  return { to: 'office@example.com', direction: 'inbound', authservId: null, raw } as const
}
const fileOf = (bytes: number) => ({ body: new Blob([new Uint8Array(bytes)]).stream(), size: bytes, mimeType: null })
/** What 64 KiB/s need. */
const secondsFor = (bytes: number) => bytes / (64 * 1024)

describe('what is brought', () => {
  it('has as much time as its size needs on a slow line, and a small thing not for ever', async () => {
    for (const size of [1_000, 25 * mib]) expect((await api.mail(mailOf(size), 'key')).kind).toBe('ok')
    for (const size of [1_000, 30 * mib]) expect((await api.upload(fileOf(size))).kind).toBe('ok')
    const [smallMail, largeMail, smallFile, largeFile] = limits.map((ms) => ms / 1000)
    for (const small of [smallMail, smallFile]) expect(small).toBeLessThan(90)
    expect(largeMail).toBeGreaterThanOrEqual(60 + secondsFor(25 * mib))
    expect(largeFile).toBeGreaterThanOrEqual(60 + secondsFor(30 * mib))
    expect(largeFile).toBeLessThan(2 * secondsFor(30 * mib))
  })

  it('arrives whole, and a mail names its length before it comes', async () => {
    const mail = mailOf(3 * mib + 12_345)
    await api.mail(mail, 'key')
    expect(worker.stored.map((one) => one.mail?.raw.equals(mail.raw))).toEqual([true])
    expect(worker.calls.at(-1)).toMatchObject({ bytes: mail.raw.byteLength, key: 'key' })
  })
})
