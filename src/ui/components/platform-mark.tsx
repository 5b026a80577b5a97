import type { ReactNode } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { type KnownPlatform, isKnownPlatform, platformName } from '../rules/platforms.ts'
import type { Platform } from '../types.ts'

// Signs of our own: told apart by drawing and by colour, so that neither alone has to do.
const drawings: Readonly<Record<KnownPlatform, ReactNode>> = {
  whatsapp: (
    <path d="M7.4 6.6c.5-.5 1.2-.4 1.6.2l.9 1.5c.3.5.2 1-.2 1.4l-.6.7c.7 1.5 1.9 2.7 3.5 3.5l.7-.6c.4-.4 1-.5 1.4-.2l1.5.9c.6.4.7 1.1.2 1.6l-.9.9c-.6.6-1.5.8-2.3.5-3.2-1-5.7-3.5-6.7-6.7-.3-.8-.1-1.7.5-2.3z" />
  ),
  facebook: <path d="M6 14.3l4.3-5.7 3 2.6L17.8 9l-4.2 5.8-3-2.6z" />,
  instagram: (
    <path
      fillRule="evenodd"
      d="M9 6h6a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3H9a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3zm0 1.5A1.5 1.5 0 0 0 7.5 9v6A1.5 1.5 0 0 0 9 16.5h6a1.5 1.5 0 0 0 1.5-1.5V9A1.5 1.5 0 0 0 15 7.5zM12 9.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zm0 1.4a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z"
    />
  ),
  email: (
    <path d="M6.5 7.5h11c.3 0 .6.1.8.4L12 12.5 5.7 7.9c.2-.3.5-.4.8-.4zM5.5 9.6l6.5 4.7 6.5-4.7v5.9c0 .6-.4 1-1 1h-11c-.6 0-1-.4-1-1z" />
  ),
  telegram: (
    <path d="M17.8 6.8 5.6 11.6c-.4.2-.4.7 0 .8l3 1 1.3 3.7c.2.4.6.5.9.2l1.7-1.6 2.9 2.1c.3.2.7.1.8-.3l2.2-10.2c.1-.4-.3-.7-.6-.5zM9.5 13.2l6-4-4.8 5-.2 2z" />
  ),
}

/** A speech bubble, for every other platform. */
const neutral = (
  <path d="M7.5 7h9c.8 0 1.5.7 1.5 1.5v5c0 .8-.7 1.5-1.5 1.5h-4L9 17.8V15H7.5c-.8 0-1.5-.7-1.5-1.5v-5C6 7.7 6.7 7 7.5 7z" />
)

/** The platform's sign, with its name for those who hear the page. */
export function PlatformMark({ platform, className = '' }: { platform: Platform; className?: string }) {
  const { t } = useTexts()
  const label = platformName(platform, t)
  const isKnown = isKnownPlatform(platform)
  return (
    <svg
      className={`mark mark-${isKnown ? platform : 'other'} ${className}`}
      viewBox="0 0 24 24"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <circle cx="12" cy="12" r="12" className="mark-ground" />
      <g className="mark-sign">{isKnown ? drawings[platform] : neutral}</g>
    </svg>
  )
}
