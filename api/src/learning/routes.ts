import { OpenAPIHono } from '@hono/zod-openapi'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { WriteAs } from '../db/write-as.ts'
import type { CallerEnv } from '../env.ts'
import { jsonBody } from '../http/json-body.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { dueRoute, reviewCardRoute } from './contract.ts'
import { dueCards } from './due.ts'
import { reviewCard } from './review.ts'

export type LearningDeps = { readAs: ReadAs; writeAs: WriteAs; verify: VerifyToken }

const uncached = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization' }

export const learningRoutes = ({ readAs, writeAs, verify }: LearningDeps) => {
  const [due, review] = [dueCards(readAs), reviewCard(writeAs)]
  const signedIn = authenticate(verify)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...dueRoute, middleware: [signedIn] }, async (c) => {
      const { limit = 20, new: mostNew = 10, tag } = c.req.valid('query')
      const found = await due(c.get('caller'), { limit, new: mostNew, tag })
      return c.json({ ...found, next_cursor: null }, 200, uncached)
    })
    .openapi({ ...reviewCardRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      const answer = await review({ caller, requestId }, id, c.req.valid('json'), c.req.header('if-match'))
      return c.json(answer.review, 201, answer.replayed ? { ...uncached, 'Idempotency-Replayed': 'true' } : uncached)
    })
}
