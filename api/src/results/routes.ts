import { OpenAPIHono } from '@hono/zod-openapi'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { CallerEnv } from '../env.ts'
import type { FindGeneration } from '../generations/batch-reads.ts'
import { preferredWait, retryAfterOf } from '../generations/poll-interval.ts'
import { readGeneration } from '../generations/read.ts'
import { usedOf } from '../generations/used.ts'
import { type WaitDeps, waitUntilOver } from '../generations/wait.ts'
import { matchesEtag } from '../http/matches-etag.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { resultRoute } from './contract.ts'
import { etagOfBody } from './etag.ts'
import { type ReadResultDeps, readResult } from './read.ts'

export type ResultDeps = ReadResultDeps &
  Omit<WaitDeps, 'read'> & { findGeneration: FindGeneration; verify: VerifyToken }

export const resultRoutes = (deps: ResultDeps) => {
  const read = readGeneration(deps.findGeneration)
  const over = waitUntilOver({ ...deps, read })
  const result = readResult(deps)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...resultRoute, middleware: [authenticate(deps.verify)] },
    async (c) => {
      const { id } = c.req.valid('param')
      c.set('generationId', id)
      const { format = 'json', wait } = c.req.valid('query')
      const preferred = preferredWait(c.req.header('prefer'), deps.longestWaitMs / 1000)
      const seconds = wait ?? preferred
      const generation =
        seconds === undefined
          ? await read(c.var.caller, id)
          : await over(c.var.caller, id, { seconds, gone: c.req.raw.signal })
      const headers = {
        'Cache-Control': 'private, no-cache',
        Vary: 'Authorization',
        ...(preferred === undefined || preferred !== seconds ? {} : { 'Preference-Applied': `wait=${seconds}` }),
      }
      c.set('used', usedOf(generation))
      const written = await result(c.var.caller, generation, format)
      if (!written) {
        const retryAfter = retryAfterOf(generation, Date.now()) ?? 1
        return c.json(generation, 202, { ...headers, 'Retry-After': String(retryAfter) })
      }
      const etag = etagOfBody(written.body)
      const tagged = { ...headers, ETag: etag }
      if (matchesEtag(c.req.header('if-none-match'), etag)) return c.body(null, 304, tagged)
      return new Response(written.body, { status: 200, headers: { ...tagged, 'Content-Type': written.contentType } })
    },
  )
}
