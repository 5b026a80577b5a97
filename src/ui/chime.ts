// Browsers keep a page silent until somebody has used it, so the sound is made ready by the first touch or key.

/** The sound of a notification. */
export type Chime = {
  /** Whether the browser lets it sound. */
  isReady(): boolean
  /** Plays it; false where the browser does not let it yet. */
  play(): boolean
  /** To be called by a touch or a key. */
  unlock(): void
  close(): void
}

type Tone = { hertz: number; at: number; seconds: number }

/** A fifth upwards, soft and short. */
const tones: readonly Tone[] = [
  { hertz: 659.25, at: 0, seconds: 0.22 },
  { hertz: 987.77, at: 0.09, seconds: 0.45 },
]
const loudness = 0.14
const attackSeconds = 0.012

export function createChime(makeContext: () => AudioContext | null = newContext): Chime {
  let context: AudioContext | null = null
  return {
    isReady: () => context?.state === 'running',
    play() {
      if (context?.state !== 'running') return false
      for (const tone of tones) playTone(context, tone)
      return true
    },
    unlock() {
      context ??= makeContext()
      if (context?.state === 'suspended') context.resume().catch(() => undefined)
    },
    close() {
      context?.close().catch(() => undefined)
      context = null
    },
  }
}

function playTone(context: AudioContext, { hertz, at, seconds }: Tone): void {
  const start = context.currentTime + at
  const gain = new GainNode(context, { gain: 0 })
  gain.gain.setValueAtTime(0, start)
  gain.gain.linearRampToValueAtTime(loudness, start + attackSeconds)
  gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds)
  const oscillator = new OscillatorNode(context, { type: 'sine', frequency: hertz })
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(start)
  oscillator.stop(start + seconds)
}

function newContext(): AudioContext | null {
  return typeof AudioContext === 'undefined' ? null : new AudioContext()
}
