import { OpenAPIHono } from '@hono/zod-openapi'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import { actorOf } from '../db/actor.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { WriteAs } from '../db/write-as.ts'
import type { CallerEnv } from '../env.ts'
import { jsonBody } from '../http/json-body.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { decide, review } from '../reviews/review.ts'
import { reviewedBy } from '../reviews/reviewed.ts'
import { listOwn } from './list-own.ts'
import { decideRoute, listOwnRoute, reviewRoute } from './review-contract.ts'
import { reviewSuggestions } from './review-store.ts'

export type ReviewDeps = { readAs: ReadAs; writeAs: WriteAs; verify: VerifyToken }

const uncached = { 'Cache-Control': 'private, no-cache' }

export const reviewRoutes = ({ readAs, writeAs, verify }: ReviewDeps) => {
  const list = listOwn(readAs)
  const [reviewAll, decideOne] = [review(writeAs, reviewSuggestions), decide(writeAs, reviewSuggestions)]
  const signedIn = authenticate(verify)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...listOwnRoute, middleware: [signedIn] }, async (c) => {
      const { limit = 20, ...query } = c.req.valid('query')
      return c.json(await list(c.get('caller'), { limit, ...query }), 200, uncached)
    })
    .openapi({ ...reviewRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { decisions } = c.req.valid('json')
      const data = await reviewAll(actorOf(c.var), decisions)
      c.set('reviewed', reviewedBy('suggestion', decisions))
      return c.json({ data, next_cursor: null }, 200, uncached)
    })
    .openapi({ ...decideRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { id } = c.req.valid('param')
      const decision = c.req.valid('json')
      const decided = await decideOne(actorOf(c.var), { id, ...decision })
      c.set('generationId', decided.generation_id)
      c.set('reviewed', reviewedBy('suggestion', [decision]))
      return c.json(decided, 200, uncached)
    })
}
