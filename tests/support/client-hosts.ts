import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { startBrowser } from './browser.ts'

const root = join(import.meta.dirname, '..', '..')

/** Runs functions that use the built package, the global `recto`, and nothing else of this module. */
export type Host = <Args, Result>(use: (args: Args) => Promise<Result>, args: Args) => Promise<Result>

declare global {
  /** The built package `@recto/client`, as a host has loaded it. */
  var recto: typeof import('@recto/client')
}

const page = '<!doctype html><script type="module">globalThis.recto = await import("/index.js")</script>'

/** As in `prepack` of client/package.json. */
const javascriptOnly = ['--removeComments', '--declaration', 'false']

/** Builds the client as it is published, and loads it into this process and into a page of Chromium. */
export const startClientHosts = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-client-'))
  execFileSync('tsc', ['-p', join(root, 'client', 'tsconfig.build.json'), '--outDir', folder, ...javascriptOnly])
  globalThis.recto = await import(pathToFileURL(join(folder, 'index.js')).href)

  const server = createServer((request, response) => {
    const file = request.url ?? '/'
    const isScript = /^\/[a-z-]+\.js$/.test(file)
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? readFileSync(join(folder, file)) : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const browser = await startBrowser()
  const tab = await browser.newPage()
  await tab.goto(origin)
  await tab.waitForFunction(() => 'recto' in globalThis)

  const inNode: Host = (use, args) => use(args)
  // Its types wrap arguments and results for values of the browser, which are not used here.
  const inChromium: Host = (use, args) => tab.evaluate(use as never, args as never)
  const scripts = readdirSync(folder).map((file) => readFileSync(join(folder, file)))
  return {
    gzippedBytes: gzipSync(Buffer.concat(scripts)).length,
    /** Where the page is from. The API has to allow it. */
    origin,
    hosts: { Node: inNode, Chromium: inChromium },
    stop: async () => {
      await browser.close()
      server.close()
      rmSync(folder, { recursive: true })
    },
  }
}
