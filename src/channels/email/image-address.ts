import { isHostName } from '../../lib/addr-spec.ts'

const maxAddress = 2048
const privateNames = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|arpa|test|invalid|onion)$/

const ownMachine = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?\//i

/** Where mail is shown. `isLocal`: in development, where the only other servers are those of the same machine. */
export type ShowingPlace = { isLocal?: boolean }

/**
 * The address of a picture that may be fetched once somebody asks to see it; empty for all others, which stay blocked
 * for good. Only TLS on its own port, to a name in the public DNS, with no user name in front that would pass for one;
 * and no picture of one pixel, which is there to be fetched and not to be seen.
 */
export function blockedAddress(
  address: string,
  size: Readonly<Record<string, string>>,
  { isLocal = false }: ShowingPlace = {},
): string {
  const isPixel = [size['width'], size['height']].some((length) => /^[01](?:px)?$/.test(length?.trim() ?? ''))
  const text = address.trim()
  if (isPixel || text.length > maxAddress || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return ''
  if (isLocal && ownMachine.test(text)) return new URL(text).href
  const { protocol, hostname, port, username, password, href } = new URL(text)
  const isPublic = isHostName(hostname) && !privateNames.test(hostname)
  const isPlain = protocol === 'https:' && port === '' && username === '' && password === ''
  return isPublic && isPlain && href.length <= maxAddress ? href : ''
}
