import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The inbox page. The Worker serves `dist/page` as it is. */
export default defineConfig({
  root: 'src/ui',
  base: '/',
  publicDir: 'public',
  plugins: [react()],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    assetsDir: 'assets',
    target: 'es2024',
    // The page's Content-Security-Policy allows scripts, styles and pictures from its own host only: nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
