import { styleText } from 'node:util'

// styleText leaves colours out by itself where the stream is no terminal or NO_COLOR is set.
type Style = Parameters<typeof styleText>[0]
const paint = (style: Style) => (text: string) => styleText(style, text, { stream: process.stdout })

export const bold = paint('bold')
export const dim = paint('dim')
export const green = paint('green')
export const red = paint('red')
export const yellow = paint('yellow')

export function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** Ends a script with an explanation instead of a stack trace. */
export class ScriptError extends Error {
  override name = 'ScriptError'
}

/** Runs a script's main function: its explanations are printed plainly, anything unexpected with its stack. */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const text = error instanceof ScriptError ? error.message : error instanceof Error ? error.stack : String(error)
    process.stderr.write(`${red('✗')} ${text ?? 'unknown failure'}\n`)
    process.exitCode = 1
  }
}
