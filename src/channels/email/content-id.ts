/** A content id as it stands in a `cid:` URL (RFC 2392), unescaped. */
export function contentIdOf(urlPart: string): string {
  try {
    return decodeURIComponent(urlPart)
  } catch {
    return urlPart
  }
}

/** The content ids that HTML names anywhere. Which of them are shown in the end is for `sanitizeMailHtml` to say. */
export function contentIdsIn(html: string): Set<string> {
  const found = [...html.matchAll(/\bcid:([^\s"'<>]{1,300})/gi)].map(([, id = '']) =>
    contentIdOf(id.replaceAll('&amp;', '&')),
  )
  return new Set(found)
}
