// Trust boundary: addresses of files come from messages. Nothing is fetched but from the hosts of the platform.

/** Where files may be fetched from. */
export type MediaPlaces = {
  /** Hosts with their sub-domains, by https. */
  hosts: readonly string[]
  /** Addresses of local development: whole origins, which may be http on this machine. */
  origins: readonly string[]
}

/** The address, when a file may be fetched from there; otherwise null. */
export function allowedAddress(address: string, places: MediaPlaces): URL | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return null
  if (places.origins.includes(url.origin)) return url
  // The parser has already turned every spelling of an IPv4 address into four numbers, and drops the port 443.
  const isName = !/^[\d.]+$|^\[/.test(url.hostname)
  const isPlain = url.protocol === 'https:' && url.port === '' && isName
  return isPlain && places.hosts.some((host) => isWithin(url.hostname, host)) ? url : null
}

/** The host itself or a name below it: `fbsbx.com` has `lookaside.fbsbx.com` and not `fbsbx.com.evil` or `xfbsbx.com`. */
function isWithin(hostname: string, host: string): boolean {
  return hostname === host || hostname.endsWith(`.${host}`)
}

/** Beside the platform's hosts: in local development the stand-in of its API, which serves the files as well. */
export function mediaPlaces(
  hosts: readonly string[],
  config: { environment: string; graphApiUrl: string; instagramApiUrl: string },
): MediaPlaces {
  if (config.environment !== 'local') return { hosts, origins: [] }
  const apis = [config.graphApiUrl, config.instagramApiUrl]
  return { hosts, origins: apis.flatMap((url) => (URL.canParse(url) ? [new URL(url).origin] : [])) }
}
