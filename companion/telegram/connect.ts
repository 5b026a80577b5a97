import { addPublicKey, LogManager, NodeCryptoProvider } from '@mtcute/node/utils.js'
import {
  BaseTelegramClient,
  NodePlatform,
  networkMiddlewares,
  proxyTransportFromUrl,
  TelegramClient,
  type ICorePlatform,
  type RpcCallMiddleware,
  type tl,
} from '@mtcute/node'
import type { Logger } from 'pino'
import type { TelegramAccountConfig } from '../accounts-config.ts'
import type { SessionStorage } from './session-storage.ts'

export type TelegramConnection = { base: BaseTelegramClient; client: TelegramClient }
export type ConnectOptions = {
  storage: SessionStorage
  log: Logger
  /** Looks at every call and answer, nearest to the wire last. */
  middlewares?: readonly RpcCallMiddleware[]
  onChannelTooLong?: (channelId: number, difference: tl.updates.RawChannelDifferenceTooLong) => void
  /** False: nothing of what happens is taken in, or counted as taken in. */
  isListening?: boolean
}

/** How mtcute meets this process: its words become log lines, and the process's end is none of its business. */
function companionPlatform(log: Logger): ICorePlatform {
  const node = new NodePlatform()
  return {
    // Its own would close the session under a client that still runs, and then kill the process a second time.
    beforeExit: () => () => {},
    // Their arguments are left out: they may hold what people wrote.
    log: (_color, level, tag, format) => {
      if (level <= LogManager.ERROR) log.warn({ event: 'telegram.library_error', tag, format })
      else if (level === LogManager.WARN) log.info({ event: 'telegram.library_warning', tag, format })
      else log.debug({ event: 'telegram.library', tag, format })
    },
    getDefaultLogLevel: () => LogManager.WARN,
    getDeviceModel: () => 'Edge Inbox',
    normalizeFile: async (given) => {
      const file = await node.normalizeFile(given)
      if (file === null) return null
      const { fileName, ...rest } = file
      return fileName === undefined ? rest : { ...rest, fileName }
    },
  }
}

/** A client that is not connected yet. Every option here cures a loss or a hang that was reproduced; see the tests. */
export function openClient(config: TelegramAccountConfig, options: ConnectOptions): TelegramConnection {
  const { storage, log, middlewares = [], onChannelTooLong, isListening = true } = options
  const { dcs, proxy } = config
  if (dcs) addPublicKey(new NodeCryptoProvider(), dcs.publicKey)
  const here = dcs ? { id: dcs.id, ipAddress: dcs.host, port: dcs.port } : null
  const base = new BaseTelegramClient({
    apiId: config.apiId,
    apiHash: config.apiHash,
    storage,
    platform: companionPlatform(log),
    ...(here && { defaultDcs: { main: here, media: here } }),
    ...(proxy !== null && { transport: proxyTransportFromUrl(proxy) }),
    initConnectionOptions: { appVersion: '1.0', systemVersion: 'server' },
    updates: isListening && {
      catchUp: true,
      // What we sent is news like any other: after a crash it may be the only way to learn that it was sent.
      disableNoDispatch: true,
      ...(onChannelTooLong && { onChannelTooLong }),
    },
    network: {
      middlewares: [
        // Of a repetition Telegram says that it is one, as an error of its own (500): asking again changes nothing.
        ...networkMiddlewares.basic({ internalErrors: { maxRetries: 3, exceptErrors: ['RANDOM_ID_DUPLICATE'] } }),
        ...middlewares,
      ],
    },
  })
  // Its own reading of updates would come before ours, and what it trips over would count as told.
  return { base, client: new TelegramClient({ client: base, disableUpdates: true }) }
}
