/** Why the process ended, in the words of sysexits. */
export const exitCodes = {
  /** The disk failed, or a fault that cannot be survived: to be started anew. */
  crash: 70,
  /** The disk is full or cannot be used. */
  disk: 74,
  /** Another process runs on the same data folder. */
  locked: 75,
  /** The settings cannot be used: starting again changes nothing. */
  config: 78,
} as const
