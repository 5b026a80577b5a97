import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const wranglerToml = readFileSync(join(import.meta.dirname, '../wrangler.toml'), 'utf8')

describe('the configuration of the Worker', () => {
  it('has sockets without compression, in every environment', () => {
    // Named environments inherit the flags, unless they have their own.
    expect(wranglerToml.match(/^compatibility_flags = .*$/gm)).toEqual([
      'compatibility_flags = ["no_web_socket_compression"]',
    ])
  })

  it('names no secret and no account', () => {
    expect(wranglerToml).not.toMatch(/account_id|api_token|_SECRET\s*=|_TOKEN\s*=|_KEY\s*=/)
  })
})
