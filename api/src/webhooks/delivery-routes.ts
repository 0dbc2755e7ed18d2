import { OpenAPIHono } from '@hono/zod-openapi'
import { AppError } from '@recto/shared/errors'
import { authenticate } from '../auth.ts'
import type { CallerEnv } from '../env.ts'
import { decodeCursor, encodeCursor } from '../generations/cursor.ts'
import { jsonBody } from '../http/json-body.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { deliveriesRoute, deliveryRoute, replayOneRoute, replayRoute, testRoute } from './delivery-contract.ts'
import { findDelivery, listDeliveries, replayOne, replayRange, sendTest } from './delivery-store.ts'
import type { WebhookDeps } from './routes.ts'
import { findWebhook } from './store.ts'

const uncached = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization' }

export const deliveryRoutes = ({ readAs, writeAs, verify }: Omit<WebhookDeps, 'webhookAllow'>) => {
  const signedIn = authenticate(verify)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...deliveriesRoute, middleware: [signedIn] }, async (c) => {
      const caller = c.get('caller')
      const { id } = c.req.valid('param')
      const { limit = 20, status, cursor } = c.req.valid('query')
      const after = cursor === undefined ? undefined : decodeCursor(cursor)
      const [rows] = await Promise.all([
        listDeliveries(readAs, caller, id, { status, limit, after }),
        findWebhook(readAs, caller, id),
      ])
      const data = rows.slice(0, limit)
      const last = data.at(-1)
      return c.json({ data, next_cursor: rows.length > limit && last ? encodeCursor(last) : null }, 200, uncached)
    })
    .openapi({ ...deliveryRoute, middleware: [signedIn] }, async (c) => {
      const { id, delivery_id } = c.req.valid('param')
      const caller = c.get('caller')
      const [delivery] = await Promise.all([
        findDelivery(readAs, caller, id, delivery_id),
        findWebhook(readAs, caller, id),
      ])
      if (!delivery) throw new AppError('not_found')
      return c.json(delivery, 200, uncached)
    })
    .openapi({ ...testRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      return c.json(await writeAs({ caller, requestId }, { webhook: id }, (tx) => sendTest(tx, id)), 202, uncached)
    })
    .openapi({ ...replayOneRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      const { id, delivery_id } = c.req.valid('param')
      const scope = { webhook: id }
      return c.json(await writeAs({ caller, requestId }, scope, (tx) => replayOne(tx, id, delivery_id)), 202, uncached)
    })
    .openapi({ ...replayRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      const range = c.req.valid('json')
      const scope = { webhook: id }
      return c.json(await writeAs({ caller, requestId }, scope, (tx) => replayRange(tx, id, range)), 202, uncached)
    })
}
