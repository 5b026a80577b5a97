type LogValue = string | number | boolean | null | undefined | readonly string[]

/** What must never reach a log: as a field name it does not compile. */
type Forbidden = 'body' | 'text' | 'token' | 'email' | 'secret' | 'headers' | 'content'

export type LogFields = { [name: string]: LogValue } & { [Name in Forbidden]?: never }

/** One JSON line. `event` is its name (`ingest.stored`); fields are ids, counts and milliseconds, not what people wrote. */
export function log(level: 'info' | 'warn' | 'error', event: string, fields: LogFields = {}): void {
  console[level](JSON.stringify({ level, event, ...fields }))
}

/** Fields for something that was thrown. The parameters of a failed query hold what people wrote, so they are left out. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error }
  const cause = error.cause instanceof Error ? withoutParameters(error.cause.message) : undefined
  return {
    error: error.name,
    message: withoutParameters(error.message),
    cause,
    stack: withoutParameters(error.stack ?? ''),
  }
}

/** drizzle ends its message with `params: …`, over any number of lines; the frames of the stack follow. */
function withoutParameters(message: string): string {
  return message.replaceAll(/\nparams: [\s\S]*?(?=\n {4}at |$)/g, '')
}
