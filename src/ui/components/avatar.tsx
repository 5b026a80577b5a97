import { useState } from 'react'
import { safePath } from '../rules/details.ts'
import { initialsOf, toneOf } from '../text/clean.ts'
import type { Platform } from '../types.ts'
import { Icon } from './icons.tsx'
import { PlatformMark } from './platform-mark.tsx'

const tones = 8

type AvatarProps = { name: string; seed: string; platform?: Platform; picture?: string | null }

/** A contact: their picture, or a coloured disc with initials; the platform's sign at its edge. */
export function Avatar({ name, seed, platform, picture = null }: AvatarProps) {
  const initials = initialsOf(name)
  return (
    <span className={`avatar avatar-${toneOf(seed, tones)}`}>
      <span className="avatar-disc" aria-hidden="true">
        {initials === '' ? <Icon name="person" /> : initials}
        <Picture key={picture} path={safePath(picture)} />
      </span>
      {platform !== undefined && <PlatformMark platform={platform} className="avatar-mark" />}
    </span>
  )
}

/** Over the initials, which are there until it has come and stay when it does not. */
function Picture({ path }: { path: string | null }) {
  const [isMissing, setIsMissing] = useState(false)
  if (path === null || isMissing) return null
  return (
    <img
      className="avatar-picture"
      src={path}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => setIsMissing(true)}
    />
  )
}
