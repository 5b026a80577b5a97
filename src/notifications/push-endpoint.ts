import { type AddressRules, isWithin, publicAddress } from './public-address.ts'

/**
 * Where browsers let themselves be pushed, each with what is below it: Chromium (the second one serves its preview
 * channels), Firefox, Safari, Edge. A browser cannot choose another one, so an address elsewhere was made up.
 */
export const pushHosts = [
  'fcm.googleapis.com',
  'jmt17.google.com',
  'push.services.mozilla.com',
  'push.apple.com',
  'notify.windows.com',
]

/** The address that a browser gave, when it is one of a push service; null otherwise. */
export function pushEndpoint(address: string, exceptions: AddressRules['exceptions'] = []): URL | null {
  const url = publicAddress(address, { ownHosts: [], exceptions })
  if (url === null || exceptions.includes(url.origin)) return url
  return pushHosts.some((host) => isWithin(url.hostname, host)) ? url : null
}
