import { initialsOf, toneOf } from '../text/clean.ts'
import type { Platform } from '../types.ts'
import { Icon } from './icons.tsx'
import { PlatformMark } from './platform-mark.tsx'

const tones = 8

/** A contact as a coloured disc with initials, the platform's sign at its edge. */
export function Avatar({ name, seed, platform }: { name: string; seed: string; platform?: Platform }) {
  const initials = initialsOf(name)
  return (
    <span className={`avatar avatar-${toneOf(seed, tones)}`}>
      <span className="avatar-disc" aria-hidden="true">
        {initials === '' ? <Icon name="person" /> : initials}
      </span>
      {platform !== undefined && <PlatformMark platform={platform} className="avatar-mark" />}
    </span>
  )
}
