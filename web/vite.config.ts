import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Writes a compressed copy beside each file, so that the API need not compress. */
const gzip: Plugin = {
  name: 'gzip',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        const source = file.type === 'chunk' ? file.code : file.source
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) })
      }
    },
  },
}

/** The code is written for React. The page runs it by Preact, which is 60 kB smaller: all script stays under 125 kB. */
const preact = [
  { find: /^react-dom\/client$/, name: 'preact/compat/client' },
  { find: /^react-dom$/, name: 'preact/compat' },
  { find: /^react\/jsx-(dev-)?runtime$/, name: 'preact/jsx-runtime' },
  { find: /^react$/, name: 'preact/compat' },
].map(({ find, name }) => ({ find, replacement: fileURLToPath(import.meta.resolve(name)) }))

// `npm start` in one terminal, and `npx vite web` in another: the page is then built anew with each change.
const api = 'http://127.0.0.1:8787'

export default defineConfig({
  plugins: [gzip],
  resolve: { alias: preact },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox128', 'safari18'],
    cssCodeSplit: false,
    // A data: URL would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What several views share is one script: many small ones are 4 kB more, because each is compressed by itself.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2, minSize: 0 }] } } },
  },
  server: { proxy: { '/api': api, '/console.json': api } },
})
