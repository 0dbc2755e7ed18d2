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

/** Parts of auth-js that nothing of the console calls: passkeys and wallets. */
const unusedOfAuth = /auth-js\/dist\/module\/lib\/(?:webauthn|web3\/ethereum)\.js$/

/**
 * Leaves those parts out: all script is 3 kB smaller. Methods of one class use them, so no bundler can tell that nobody
 * calls these. What they export stays as empty classes, and a part that moves comes back as it is.
 */
const withoutUnusedAuth: Plugin = {
  name: 'without-unused-auth',
  transform: (code, id) =>
    unusedOfAuth.test(id)
      ? [...code.matchAll(/^export (?:async )?(?:class|const|function) (\w+)/gm)]
          .map(([, name]) => `export class ${name} {}`)
          .join('\n')
      : null,
}

/**
 * Which modules are one script, beside that of each view. Many small ones are 13 kB more, because each is compressed by
 * itself. Views that share their modules are one script, so that others do not load these at first.
 */
const scripts = [
  { name: 'generations', test: /\/views\/(?:chat|code-review|history|live|review)\//, minSize: 0, priority: 1 },
  { name: 'account', test: /\/views\/(?:team|usage|webhooks)\//, minSize: 0, priority: 1 },
  { name: 'shared', minShareCount: 2, minSize: 0 },
]

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
  plugins: [withoutUnusedAuth, gzip],
  resolve: { alias: preact },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox128', 'safari18'],
    cssCodeSplit: false,
    // A data: URL would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: { includeDependenciesRecursively: false, groups: scripts } } },
  },
  server: { proxy: { '/api': api, '/console.json': api } },
})
