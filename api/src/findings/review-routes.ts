import { OpenAPIHono } from '@hono/zod-openapi'
import { authenticate } from '../auth.ts'
import { actorOf } from '../db/actor.ts'
import type { CallerEnv } from '../env.ts'
import { jsonBody } from '../http/json-body.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { decide, review } from '../reviews/review.ts'
import { reviewedBy } from '../reviews/reviewed.ts'
import type { ReviewDeps } from '../suggestions/review-routes.ts'
import { decideRoute, reviewRoute } from './contract.ts'
import { reviewFindings } from './store.ts'

const uncached = { 'Cache-Control': 'private, no-cache' }

export const findingReviewRoutes = ({ writeAs, verify }: Pick<ReviewDeps, 'writeAs' | 'verify'>) => {
  const [reviewAll, decideOne] = [review(writeAs, reviewFindings), decide(writeAs, reviewFindings)]
  const signedIn = authenticate(verify)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...reviewRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { decisions } = c.req.valid('json')
      const data = await reviewAll(actorOf(c.var), decisions)
      c.set('reviewed', reviewedBy('finding', decisions))
      return c.json({ data, next_cursor: null }, 200, uncached)
    })
    .openapi({ ...decideRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { id } = c.req.valid('param')
      const decision = c.req.valid('json')
      const decided = await decideOne(actorOf(c.var), { id, ...decision })
      c.set('generationId', decided.generation_id)
      c.set('reviewed', reviewedBy('finding', [decision]))
      return c.json(decided, 200, uncached)
    })
}
