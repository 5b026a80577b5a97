import { escapeHtml } from '../channels/email/text-html.ts'

type Language = 'en' | 'uk'
export type DigestPage = 'confirm' | 'confirmed' | 'stop' | 'stopped' | 'invalid'

type Words = { title: string; text: string; button?: string }

const words: Readonly<Record<Language, Readonly<Record<DigestPage, Words>>>> = {
  en: {
    confirm: {
      title: 'Summaries by e-mail',
      text: 'Shall summaries of unread notifications be sent to this address?',
      button: 'Yes, confirm the address',
    },
    confirmed: { title: 'The address is confirmed', text: 'Summaries will be sent to it. You can close this page.' },
    stop: {
      title: 'Summaries by e-mail',
      text: 'Shall no more summaries be sent to this address?',
      button: 'Stop them',
    },
    stopped: {
      title: 'No more summaries',
      text: 'Nothing more will be sent to this address. You can close this page.',
    },
    invalid: {
      title: 'This link does not work',
      text: 'It is too old, incomplete, or of an address that was replaced.',
    },
  },
  uk: {
    confirm: {
      title: 'Зведення поштою',
      text: 'Надсилати на цю адресу зведення непрочитаних сповіщень?',
      button: 'Так, підтверджую адресу',
    },
    confirmed: { title: 'Адресу підтверджено', text: 'Зведення надходитимуть на неї. Сторінку можна закрити.' },
    stop: { title: 'Зведення поштою', text: 'Більше не надсилати зведень на цю адресу?', button: 'Не надсилати' },
    stopped: {
      title: 'Зведень більше не буде',
      text: 'На цю адресу більше нічого не надходитиме. Сторінку можна закрити.',
    },
    invalid: { title: 'Посилання не діє', text: 'Воно застаріле, неповне або стосується зміненої адреси.' },
  },
}

const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:15vh auto;padding:0 1rem}' +
  'button{font:inherit;padding:.6rem 1.2rem}'

/** Nothing runs on it and nothing is fetched; its one form goes to where it came from. */
export const digestPageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}

/** What whoever follows a link of a mail sees. Only the button does something: programs follow links as well. */
export function digestPage(page: DigestPage, language: Language): string {
  const { title, text, button } = words[language][page]
  const form = button === undefined ? '' : `<form method="post"><button>${escapeHtml(button)}</button></form>`
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>`,
    `<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><style>${style}</style>`,
    `</head><body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${form}</main></body></html>`,
  ].join('')
}
