import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Manifest = { icons: { src: string; sizes: string; type: string }[] }

const root = join(import.meta.dirname, '../..')

describe('the built page', () => {
  let folder: string
  let html: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-inbox-page-'))
    await build({
      configFile: join(root, 'vite.config.ts'),
      root: join(root, 'src/ui'),
      logLevel: 'error',
      build: { outDir: folder },
    })
    html = await readFile(join(folder, 'index.html'), 'utf8')
  }, 60_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('has no script or style inline, so that the strict content policy holds', () => {
    const scripts = Array.from(html.matchAll(/<script\b([^>]*)>(.*?)<\/script>/gs))
    expect(scripts.length).toBeGreaterThan(0)
    for (const [, attributes, body] of scripts) {
      expect(attributes).toMatch(/\ssrc="\/assets\/[\w.-]+\.js"/)
      expect(body?.trim()).toBe('')
    }
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|data:/i)
  })

  it('has its service worker at a fixed address, in one classic script that fetches no page', async () => {
    const worker = await readFile(join(folder, 'sw.js'), 'utf8')
    expect(worker).not.toMatch(/\bimport\b|\bexport\b|addEventListener\([`'"]fetch|caches\./)
    expect(worker).toMatch(/addEventListener\([`'"]push[`'"]/)
    expect(worker.length).toBeLessThan(20_000)
    expect(await readFile(join(folder, '_headers'), 'utf8')).toContain("worker-src 'self'")
  })

  it('has an icon for a home screen, of the size that it says', async () => {
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.webmanifest'), 'utf8')) as Manifest
    const icon = manifest.icons.find(({ type }) => type === 'image/png')
    expect(html).toContain(`<link rel="apple-touch-icon" href="${icon?.src}" />`)
    const png = await readFile(join(folder, icon?.src ?? ''))
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
    // Width and height follow on the signature, and the length and name of the first chunk.
    expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(icon?.sizes)
  })

  it('loads nothing from elsewhere, and names its files by their content', async () => {
    const urls = Array.from(html.matchAll(/\s(?:src|href)="([^"]*)"/g), ([, url]) => url)
    for (const url of urls) expect(url).toMatch(/^\/(?!\/)/)
    const assets = await readdir(join(folder, 'assets'))
    for (const name of assets) expect(name).toMatch(/-[\w-]{8}\.(js|css)$/)
    const css = await readFile(join(folder, 'assets', assets.find((name) => name.endsWith('.css')) ?? ''), 'utf8')
    expect(css).not.toMatch(/url\(|@import/)
  })
})

describe('the sources of the page', () => {
  it('neither write markup nor style elements', async () => {
    const folder = join(root, 'src/ui')
    const names = (await readdir(folder, { recursive: true })).filter((name) => /\.tsx?$/.test(name))
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8')
      expect([
        name,
        /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|\bstyle=\{|document\.write/.test(text),
      ]).toEqual([name, false])
    }
  })
})
