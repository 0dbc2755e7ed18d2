import { OpenAPIHono } from '@hono/zod-openapi'
import { AppError } from '@recto/shared/errors'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { WriteAs } from '../db/write-as.ts'
import type { CallerEnv } from '../env.ts'
import { jsonBody } from '../http/json-body.ts'
import { matchesEtag } from '../http/matches-etag.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { changeRoute, createCardRoute, deleteRoute, listRoute, readRoute } from './contract.ts'
import { etagOf, versionsOf } from './etag.ts'
import { listPage } from './list.ts'
import { deleteCard, findCard, insertCard, scopeOf, updateCard } from './store.ts'

export type CardDeps = { readAs: ReadAs; writeAs: WriteAs; verify: VerifyToken }

const uncached = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization' }

export const cardRoutes = ({ readAs, writeAs, verify }: CardDeps) => {
  const list = listPage(readAs)
  const signedIn = authenticate(verify)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...listRoute, middleware: [signedIn] }, async (c) => {
      const { limit = 20, ...query } = c.req.valid('query')
      return c.json(await list(c.get('caller'), { limit, ...query }), 200, uncached)
    })
    .openapi({ ...createCardRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { caller, requestId } = c.var
      const body = c.req.valid('json')
      const card = await writeAs({ caller, requestId }, scopeOf(caller), (tx) => insertCard(tx, body))
      return c.json(card, 201, { ...uncached, ETag: etagOf(card), Location: `/api/cards/${card.id}` })
    })
    .openapi({ ...readRoute, middleware: [signedIn] }, async (c) => {
      const card = await findCard(readAs, c.get('caller'), c.req.valid('param').id)
      if (!card) throw new AppError('not_found')
      const headers = { ...uncached, ETag: etagOf(card) }
      return matchesEtag(c.req.header('if-none-match'), headers.ETag)
        ? c.body(null, 304, headers)
        : c.json(card, 200, headers)
    })
    .openapi({ ...changeRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      const changes = c.req.valid('json')
      const versions = versionsOf(c.req.header('if-match'))
      const card = await writeAs({ caller, requestId }, scopeOf(caller), (tx) => updateCard(tx, id, changes, versions))
      return c.json(card, 200, { ...uncached, ETag: etagOf(card) })
    })
    .openapi({ ...deleteRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      const versions = versionsOf(c.req.header('if-match'))
      await writeAs({ caller, requestId }, scopeOf(caller), (tx) => deleteCard(tx, id, versions))
      return c.body(null, 204)
    })
}
