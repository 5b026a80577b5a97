import { createFakeGraph, type FakeGraph } from '../../test/fake-graph/fake-graph.ts'
import { serveFakeGraph } from '../../test/fake-graph/serve.ts'
import type { FakeGraphOptions, Json, PlannedWebhook, SentMessage } from '../../test/fake-graph/types.ts'
import { accountIds, graphAccounts } from './accounts.ts'
import { avatarFile, type DemoFile, type Store, type StoredFile } from './files.ts'
import type { Random } from './random.ts'
import type { MetaPlatform } from './request.ts'
import { stories } from './stories.ts'

/** The stand-in of Meta's API: it takes the replies that are typed in the inbox, and keeps what customers send. */
export type DemoGraph = {
  /** What the Worker is told instead of graph.facebook.com and graph.instagram.com. */
  vars: { GRAPH_API_URL: string; INSTAGRAM_API_URL: string }
  store: Store
  observe: (delivery: Json) => void
  close: () => Promise<void>
}
export type DemoGraphOptions = {
  random: Random
  /** Of the Worker: the only address from which files of replies are fetched. */
  workerUrl: string
  deliver: (delivery: Json, platform: MetaPlatform) => Promise<void>
  /** A reply was accepted, and its reader will have read it after `readAfterMs`. */
  onReply: (sent: SentMessage, readAfterMs: number) => void
}

const monthMs = 30 * 86_400_000

/** When a reply shows what: at once on its way, soon there, and read when the customer looks at the phone. */
export function planFor(random: Random, platform: MetaPlatform): [PlannedWebhook, ...PlannedWebhook[]] {
  const deliveredAfterMs = random.between(600, 1500)
  const read = { what: 'read', afterMs: deliveredAfterMs + random.between(1200, 5000) } as const
  const sent = { what: platform === 'whatsapp' ? 'sent' : 'echo', afterMs: random.between(150, 400) } as const
  return platform === 'instagram' ? [sent, read] : [sent, { what: 'delivered', afterMs: deliveredAfterMs }, read]
}

/** Each file once per account, however often it is sent; Messenger and Instagram get a fresh address each time. */
function createStore(graph: FakeGraph): Store {
  const kept = new Map<string, ReturnType<FakeGraph['addMedia']>>()
  return (accountId: string, file: DemoFile): StoredFile => {
    const key = `${accountId} ${file.key}`
    const { mimeType, filename = null } = file
    const media = kept.get(key) ?? graph.addMedia(accountId, { bytes: file.make(), mimeType, filename })
    kept.set(key, media)
    return { id: media.id, url: graph.urlOf(media), mimeType, sha256Base64: media.sha256Base64 }
  }
}

/** Makes the customers of Messenger and Instagram known, with a picture each. */
function introduceCustomers(graph: FakeGraph, store: Store): void {
  for (const { customer } of stories) {
    const { platform, name, address, username } = customer
    if (platform !== 'facebook' && platform !== 'instagram') continue
    const accountId = accountIds[platform]
    const pictureUrl = store(accountId, avatarFile(customer)).url
    graph.addCustomer(accountId, { id: address, name, pictureUrl, ...(username === undefined ? {} : { username }) })
  }
}

/** Starts it on a port of this machine. */
export async function startDemoGraph(options: DemoGraphOptions): Promise<DemoGraph> {
  const { random, workerUrl, deliver, onReply } = options
  const plan: FakeGraphOptions['plan'] = (sent) => {
    const planned = planFor(random, sent.platform)
    onReply(sent, planned.at(-1)?.afterMs ?? 0)
    return planned
  }
  const fetchFile = (url: string) =>
    new URL(url).origin === workerUrl ? fetch(url) : Promise.reject(new Error('a file of somebody else'))
  // Its address is in the addresses of its files, and known only once it listens.
  let handle: FakeGraph['handle'] = async () => new Response(null, { status: 503 })
  const server = await serveFakeGraph((request) => handle(request))
  const graph = createFakeGraph({
    accounts: [...graphAccounts],
    fileOrigin: server.url,
    cdnUrlMs: monthMs,
    deliver,
    plan,
    fetch: fetchFile,
  })
  handle = graph.handle
  const store = createStore(graph)
  introduceCustomers(graph, store)
  return {
    vars: { GRAPH_API_URL: server.url, INSTAGRAM_API_URL: `${server.url}/instagram` },
    store,
    observe: graph.observe,
    close: server.close,
  }
}
