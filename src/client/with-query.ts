/** A path with those of the values that say something. */
export function withQuery(path: string, values: Record<string, string | number | null | undefined>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value))
  }
  const query = params.toString()
  return query === '' ? path : `${path}?${query}`
}
