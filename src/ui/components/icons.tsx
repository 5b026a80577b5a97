import type { ReactNode } from 'react'

// Drawn for this page, on a 24-unit grid. Decorative: whoever uses one says in words what it means.

export type IconName = keyof typeof drawings

const drawings = {
  back: <path d="M14.5 5.5 8 12l6.5 6.5" />,
  search: <path d="M16 16l4 4M17.5 11a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0z" />,
  close: <path d="M6.5 6.5l11 11M17.5 6.5l-11 11" />,
  down: <path d="M12 5v13M6 12.5l6 6 6-6" />,
  channels: (
    <path d="M12 12h.01M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.5 18.5a9.2 9.2 0 0 1 0-13M18.5 5.5a9.2 9.2 0 0 1 0 13" />
  ),
  people: (
    <path d="M12.5 8.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM3 19.5c.6-3.4 3-5 6-5s5.4 1.6 6 5M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.9c1.7.7 2.7 2.2 3 4.6" />
  ),
  person: <path d="M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM4.5 20c.7-4 3.6-6 7.5-6s6.8 2 7.5 6" />,
  document: (
    <path d="M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5zM13.5 3.5v5h5M9 13h6M9 16.5h4" />
  ),
  image: (
    <path d="M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM4 16l4.5-4.5L13 16l2.5-2.5L20 18M15.5 9h.01" />
  ),
  video: <path d="M4 6.5h11v11H4zM15 11l5-3v8l-5-3" />,
  audio: <path d="M5 10v4M9 7v10M13 4.5v15M17 8v8M20.5 10.5v3" />,
  sticker: <path d="M12 4h6a2 2 0 0 1 2 2v6l-8 8H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM12 20v-6a2 2 0 0 1 2-2h6" />,
  pin: <path d="M12 21s6.5-6 6.5-11a6.5 6.5 0 1 0-13 0c0 5 6.5 11 6.5 11zM14 10a2 2 0 1 1-4 0 2 2 0 0 1 4 0z" />,
  cart: <path d="M3.5 5h2l2 10.5h9.5l2-7.5H6.5M9 19.5h.01M16 19.5h.01" />,
  link: <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1" />,
  megaphone: <path d="M4 10v4h3l9 4.5v-13L7 10zM19 10v4M7.5 14.5l1 5h2l-.7-4" />,
  touch: (
    <path d="M9 12V6a1.5 1.5 0 0 1 3 0v5l5 1c1.2.3 2 1.2 2 2.4V17a4 4 0 0 1-4 4h-2.5c-1.2 0-2.3-.6-3-1.6L6 14.5c1-1 2-1 3 0" />
  ),
  clock: <path d="M12 7.5V12l3 2M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0z" />,
  alert: <path d="M12 8v5M12 16.5h.01M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z" />,
  trash: <path d="M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13" />,
  inbox: (
    <path d="M4 13.5 6.5 5h11l2.5 8.5V18a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18zM4 13.5h4.5l1.2 2.5h4.6l1.2-2.5H20" />
  ),
  send: <path d="M4.5 12 4 5l16.5 7L4 19zM4.5 12H12" />,
  attach: (
    <path d="M18.5 11.5l-6.8 6.8a4 4 0 0 1-5.7-5.6l7.5-7.5a2.7 2.7 0 0 1 3.8 3.8l-7.3 7.3a1.3 1.3 0 0 1-1.9-1.9l6.3-6.3" />
  ),
  smile: (
    <path d="M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM8.5 14.2c.8 1.4 2 2.1 3.5 2.1s2.7-.7 3.5-2.1M9.2 9.6h.01M14.8 9.6h.01" />
  ),
  reply: <path d="M9.5 5.5 4 11l5.5 5.5M4.5 11H14a6 6 0 0 1 6 6v2" />,
  template: <path d="M5 4.5h14v15H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4" />,
  key: <path d="M14.5 14a5 5 0 1 0-4.7-3.3L4 16.5V20h3.5v-2.5H10V15l1.7-1.7c.8.5 1.8.7 2.8.7zM15.5 8.5h.01" />,
  bell: <path d="M6 16.5h12l-1.5-2.3V10a4.5 4.5 0 0 0-9 0v4.2zM10.3 19.5a2 2 0 0 0 3.4 0" />,
  settings: (
    <path d="M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M17 7.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM11 16.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0z" />
  ),
  note: <path d="M5 4.5h14v10l-5 5H5zM14 19.5v-5h5M8.5 8.5h7M8.5 12h4" />,
} satisfies Record<string, ReactNode>

export function Icon({ name, className = 'icon' }: { name: IconName; className?: string }) {
  return (
    <svg className={className} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {drawings[name]}
    </svg>
  )
}
