import { type Browser, chromium } from 'playwright-core'
import { findChromium } from '../../scripts/lib/chromium.ts'

export const chromiumPath = findChromium(process.env)

/** Chromium without a sandbox (tests run as root) and without anything that talks to the network by itself. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath ? { executablePath: chromiumPath } : {}),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
}
