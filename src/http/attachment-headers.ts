/**
 * What a browser may show by itself. Everything else is a download without a type: what customers send is never trusted
 * to be what its sender calls it, and nothing in this list can carry a script.
 */
const shownTypes = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/amr',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'video/mp4',
  'video/3gpp',
  'video/webm',
])

/** The headers that a file of a customer goes out with (its name is only metadata and may hold anything). */
export function attachmentHeaders(file: { mimeType: string | null; filename: string | null }): Record<string, string> {
  const declared = file.mimeType?.split(';')[0]?.trim().toLowerCase() ?? ''
  const isShown = shownTypes.has(declared)
  return {
    'Content-Type': isShown ? declared : 'application/octet-stream',
    'Content-Disposition': `${isShown ? 'inline' : 'attachment'}; ${filenames(file.filename ?? 'file')}`,
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'private, no-store',
  }
}

/** Both forms of RFC 6266: one that every client reads, and the real one. Neither can end the header or the path. */
function filenames(name: string): string {
  const cleaned = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .replaceAll(/[/\\]/g, '_')
    .slice(0, 200)
    .toWellFormed()
  const ascii = cleaned.replaceAll(/[^\w.() -]/g, '_') || 'file'
  const encoded = encodeURIComponent(cleaned).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `filename="${ascii}"; filename*=UTF-8''${encoded}`
}
