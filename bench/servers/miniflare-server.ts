// One Worker in workerd through Miniflare itself, in a process of its own. Not `wrangler dev`: that puts a proxy in front.
import { readFileSync } from 'node:fs'
import { Miniflare, convertV4MiniflareOptions } from 'miniflare'

export type MiniflareSpec = {
  port: number
  script: string
  stateDir: string
  bindings: Record<string, string>
  object: { binding: string; className: string }
  /** SQL to run before the first request. */
  schema: string[]
  buckets: string[]
  inspectorPort?: number
}

async function serve(spec: MiniflareSpec): Promise<void> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: spec.port,
      modules: [{ type: 'ESModule', path: 'index.js', contents: readFileSync(spec.script, 'utf8') }],
      compatibilityDate: '2026-10-30',
      bindings: spec.bindings,
      durableObjects: { [spec.object.binding]: { className: spec.object.className, useSQLite: true } },
      d1Databases: { DB: 'bench' },
      r2Buckets: spec.buckets,
      resourcePersistencePath: spec.stateDir,
      ...(spec.inspectorPort === undefined ? {} : { inspectorPort: spec.inspectorPort }),
      // What a Worker logs is left out, but for what went wrong. The runtime calls everything "info".
      handleStructuredLogs: ({ level, message }) => {
        if (level !== 'info' || message.includes('"level":"error"')) process.stderr.write(`${message}\n`)
      },
    }),
  )
  await miniflare.ready
  const db = await miniflare.getD1Database('DB')
  for (const statement of spec.schema) await db.prepare(statement).run()
  process.on('disconnect', () => void miniflare.dispose().finally(() => process.exit(0)))
  process.send?.('ready')
}

process.once('message', (spec: MiniflareSpec) => {
  serve(spec).catch((error: unknown) => {
    process.send?.(error instanceof Error ? (error.stack ?? error.message) : String(error))
  })
})
