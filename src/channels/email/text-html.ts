const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For text between tags; quotes stay as they are, as the sanitizer leaves them. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>]/g, (char) => entities[char] ?? char)
}

/** Plain text as HTML that shows it line by line. */
export function textToHtml(text: string): string {
  if (text.trim() === '') return ''
  return `<div>${text.split('\n').map(escapeHtml).join('<br />')}</div>`
}
