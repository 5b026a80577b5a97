import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { build, defineConfig, type Plugin } from 'vite'

const target = 'es2024'

/**
 * The page's service worker as one file of its own, `/sw.js`: a worker in parts would have to be a module, which not
 * every browser with pushes takes, and its address must stay the same from build to build.
 */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    async writeBundle({ dir }) {
      await build({
        configFile: false,
        logLevel: 'error',
        publicDir: false,
        build: {
          outDir: dir ?? 'dist/page',
          emptyOutDir: false,
          target,
          lib: {
            entry: join(import.meta.dirname, 'src/ui/service-worker.ts'),
            formats: ['iife'],
            name: 'worker',
            fileName: () => 'sw.js',
          },
        },
      })
    },
  }
}

/** The inbox page. The Worker serves `dist/page` as it is. */
export default defineConfig({
  root: 'src/ui',
  base: '/',
  publicDir: 'public',
  plugins: [react(), serviceWorker()],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    assetsDir: 'assets',
    target,
    // The page's Content-Security-Policy allows scripts, styles and pictures from its own host only: nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
