import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { ApiEnv } from '../env.ts'
import { matchesEtag } from '../http/matches-etag.ts'
import type { ConsoleFile } from './files.ts'

export type ConsoleDeps = {
  console: {
    files: Map<string, ConsoleFile>
    supabaseUrl: string
    publishableKey: string
    /** Whether the Supabase project is that of a local system, which signs made-up people in by one click. */
    localSignIn: boolean
  }
}

/** The page runs no script but its own, makes none of a text, and talks to this API and to Supabase only. */
const pageHeaders = (supabaseUrl: string) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'", new URL(supabaseUrl).origin],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
    xFrameOptions: 'DENY',
  })

const answer = (file: ConsoleFile, acceptEncoding: string, ifNoneMatch: string | undefined): Response => {
  const headers = {
    'Content-Type': file.type,
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: file.etag,
    Vary: 'Accept-Encoding',
  }
  if (matchesEtag(ifNoneMatch, file.etag)) return new Response(null, { status: 304, headers })
  if (file.gzipped === undefined || !/\bgzip\b/.test(acceptEncoding)) return new Response(file.plain, { headers })
  return new Response(file.gzipped, { headers: { ...headers, 'Content-Encoding': 'gzip' } })
}

/** Serves the console: its page at `/`, its files, and what it has to know of this installation. No secret is in it. */
export const createConsole = ({ console: { files, ...settings } }: ConsoleDeps) => {
  const config = {
    supabase_url: settings.supabaseUrl,
    publishable_key: settings.publishableKey,
    local_sign_in: settings.localSignIn,
  }
  const app = new Hono<ApiEnv>()
  const headers = pageHeaders(settings.supabaseUrl)
  for (const [path, file] of files)
    app.get(path, headers, (c) => answer(file, c.req.header('accept-encoding') ?? '', c.req.header('if-none-match')))
  return app.get('/console.json', (c) => c.json(config, 200, { 'Cache-Control': 'no-cache' }))
}
