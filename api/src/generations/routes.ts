import { OpenAPIHono } from '@hono/zod-openapi'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import { actorOf } from '../db/actor.ts'
import type { CallerEnv } from '../env.ts'
import { jsonBody } from '../http/json-body.ts'
import { matchesEtag } from '../http/matches-etag.ts'
import { throwIfInvalid } from '../http/validation.ts'
import type { FindGeneration } from './batch-reads.ts'
import { newGenerationOf, requireKnownKind } from './body.ts'
import { type CancelDeps, cancel } from './cancel.ts'
import { cancelRoute, deleteRoute, listRoute, readRoute, submitRoute } from './contract.ts'
import { type RemoveDeps, remove } from './delete.ts'
import { estimateGeneration } from './estimate.ts'
import { etagOf } from './etag.ts'
import { listPage } from './list.ts'
import { preferredWait, retryAfterOf } from './poll-interval.ts'
import { readGeneration } from './read.ts'
import { createSubmission } from './submission.ts'
import type { SubmitDeps } from './submit.ts'
import { usedOf } from './used.ts'
import { type WaitDeps, waitForChange, waitForEnd } from './wait.ts'

export type GenerationDeps = SubmitDeps &
  CancelDeps &
  RemoveDeps &
  Omit<WaitDeps, 'read'> & { findGeneration: FindGeneration; verify: VerifyToken }

const uncached = { 'Cache-Control': 'private, no-cache' }
const optional = (name: string, value: string | number | null | undefined): Record<string, string> =>
  value === null || value === undefined ? {} : { [name]: String(value) }

export const generationRoutes = (deps: GenerationDeps) => {
  const read = readGeneration(deps.findGeneration)
  const wait = waitForChange({ ...deps, read })
  const finished = waitForEnd({ ...deps, read })
  const [submission, estimate] = [createSubmission(deps), estimateGeneration(deps)]
  const list = listPage(deps.readAs)
  const [cancelOne, removeOne] = [cancel(deps), remove(deps)]
  const signedIn = authenticate(deps.verify)
  const knownKind = requireKnownKind(deps.kinds)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...submitRoute(deps.catalog, deps.kinds), middleware: [signedIn, jsonBody, knownKind] }, async (c) => {
      const wanted = await submission.read(c, newGenerationOf(c.req.valid('json')))
      if (c.req.valid('query').dry_run === 'true')
        return c.json({ data: await estimate(actorOf(c.var), wanted.generation) }, 200, uncached)
      const { id, headers } = await submission.send(c, wanted)
      const seconds = preferredWait(c.req.header('prefer'), deps.longestWaitMs / 1000)
      const generation =
        seconds === undefined ? undefined : await finished(c.get('caller'), id, { seconds, gone: c.req.raw.signal })
      if (generation) {
        c.set('used', usedOf(generation))
        return c.json(generation, 200, {
          ...headers,
          ETag: etagOf(generation),
          'Preference-Applied': `wait=${seconds}`,
        })
      }
      return c.json({ generation_id: id, status: 'pending' as const }, 202, { ...headers, 'Retry-After': '1' })
    })
    .openapi({ ...listRoute, middleware: [signedIn] }, async (c) => {
      const { limit = 20, account_id: account, ...query } = c.req.valid('query')
      return c.json(await list(c.get('caller'), { account, limit, ...query }), 200, uncached)
    })
    .openapi({ ...readRoute, middleware: [signedIn] }, async (c) => {
      const { id } = c.req.valid('param')
      c.set('generationId', id)
      const ifNoneMatch = c.req.header('if-none-match')
      const preferred = preferredWait(c.req.header('prefer'), deps.longestWaitMs / 1000)
      const seconds = c.req.valid('query').wait ?? preferred
      const generation =
        seconds === undefined
          ? await read(c.get('caller'), id)
          : await wait(c.get('caller'), id, { seconds, ifNoneMatch, gone: c.req.raw.signal })
      c.set('used', usedOf(generation))
      const etag = etagOf(generation)
      const headers = {
        ...uncached,
        ETag: etag,
        Vary: 'Authorization',
        ...optional('Retry-After', retryAfterOf(generation, Date.now())),
        ...optional('Preference-Applied', preferred === seconds && seconds !== undefined ? `wait=${seconds}` : null),
      }
      return matchesEtag(ifNoneMatch, etag) ? c.body(null, 304, headers) : c.json(generation, 200, headers)
    })
    .openapi({ ...cancelRoute, middleware: [signedIn] }, async (c) => {
      const { id } = c.req.valid('param')
      c.set('generationId', id)
      const { live, generation } = await cancelOne(actorOf(c.var), id)
      c.set('used', usedOf(generation))
      return c.json(generation, live ? 202 : 200, uncached)
    })
    .openapi({ ...deleteRoute, middleware: [signedIn] }, async (c) => {
      const { id } = c.req.valid('param')
      c.set('generationId', id)
      await removeOne(actorOf(c.var), id)
      return c.body(null, 204)
    })
}
