import type { ReadFile } from './accounts-config.ts'
import type { OpenAccount } from './accounts.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { exitCodes } from './exit-codes.ts'
import { type FolderLock, lockFolder } from './lock.ts'
import { createLog, errorFields } from './log.ts'
import { StartError, runCompanion } from './run.ts'

export type ProcessDeps = {
  env: Readonly<Record<string, string | undefined>>
  read: ReadFile
  openAccount?: OpenAccount
}

const maxStopMs = 9_500

/** Runs a companion as this process: its signals, its exit codes, the one clock and the one source of chance. */
export async function startProcess({ env, read, openAccount }: ProcessDeps): Promise<void> {
  const config = loadOrExit(env, read)
  const log = createLog(config.logLevel)
  // A sink that throws while it reports would leave the process running without its spool.
  const crash = (error: unknown): never => {
    try {
      log.fatal({ event: 'companion.crashed', ...errorFields(error) })
    } finally {
      process.exit(exitCodes.crash)
    }
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  const lock = await lockOrExit(config.dataDir)
  try {
    const { now, random } = { now: Date.now, random: Math.random }
    const companion = await runCompanion({ config, log, now, random, crash, ...(openAccount && { openAccount }) })
    const stop = () => {
      setTimeout(() => process.exit(0), maxStopMs).unref()
      const leave = () => {
        lock.release()
        process.exit(0)
      }
      void companion.stop().then(leave, crash)
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  } catch (error) {
    if (!(error instanceof StartError)) return crash(error)
    return exitWith(exitCodes.disk, error.message)
  }
}

async function lockOrExit(dataDir: string): Promise<FolderLock> {
  try {
    const lock = await lockFolder(dataDir, Math.random)
    return lock ?? exitWith(exitCodes.locked, `Another companion runs on ${dataDir}: an account may have only one.`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    return exitWith(exitCodes.disk, `The folder ${dataDir} cannot be used: ${reason}`)
  }
}

function exitWith(code: number, words: string): never {
  process.stderr.write(`${words}\n`)
  return process.exit(code)
}

function loadOrExit(env: ProcessDeps['env'], read: ReadFile): Config {
  try {
    return loadConfig(env, read)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return exitWith(exitCodes.config, ['The companion cannot start:', ...error.problems].join('\n  '))
  }
}
