import { OpenAPIHono } from '@hono/zod-openapi'
import type { AllowList } from '@recto/shared/webhooks/allow-list'
import { resolveAccount } from '../accounts/resolve-account.ts'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { WriteAs } from '../db/write-as.ts'
import type { CallerEnv } from '../env.ts'
import { jsonBody, optionalJsonBody } from '../http/json-body.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { changeRoute, createWebhookRoute, deleteRoute, listRoute, readRoute, rotateRoute } from './contract.ts'
import { judgeUrl } from './judge-url.ts'
import { createKeys } from './keys.ts'
import { deleteWebhook, findWebhook, insertWebhook, listWebhooks, rotateSecret, updateWebhook } from './store.ts'

export type WebhookDeps = {
  readAs: ReadAs
  writeAs: WriteAs
  verify: VerifyToken
  /** Where webhooks may be besides public addresses. */
  webhookAllow: AllowList
}

const uncached = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization, X-Recto-Account' }
/** Of answers with a secret. */
const unstored = { 'Cache-Control': 'no-store' }

export const webhookRoutes = ({ readAs, writeAs, verify, webhookAllow }: WebhookDeps) => {
  const signedIn = authenticate(verify)
  const judged = judgeUrl(webhookAllow)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...listRoute, middleware: [signedIn] }, async (c) => {
      const caller = c.get('caller')
      const account = resolveAccount(caller, c.req.header('x-recto-account'), c.req.valid('query').account_id)
      return c.json({ data: await listWebhooks(readAs, caller, account), next_cursor: null }, 200, uncached)
    })
    .openapi({ ...createWebhookRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { caller, requestId } = c.var
      const { account_id, ...input } = c.req.valid('json')
      const account = resolveAccount(caller, c.req.header('x-recto-account'), account_id)
      const [webhook, keys] = [{ ...input, url: judged(input.url) }, await createKeys()]
      const created = await writeAs({ caller, requestId }, { account }, (tx) =>
        insertWebhook(tx, account, webhook, keys),
      )
      const headers = { ...unstored, Location: `/api/ai/webhooks/${created.id}` }
      return c.json({ ...created, secret: keys.secret }, 201, headers)
    })
    .openapi({ ...readRoute, middleware: [signedIn] }, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await findWebhook(readAs, c.get('caller'), id), 200, uncached)
    })
    .openapi({ ...changeRoute, middleware: [signedIn, jsonBody] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      const { url, ...changes } = c.req.valid('json')
      const all = url === undefined ? changes : { ...changes, url: judged(url) }
      return c.json(
        await writeAs({ caller, requestId }, { webhook: id }, (tx) => updateWebhook(tx, id, all)),
        200,
        uncached,
      )
    })
    .openapi({ ...deleteRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      await writeAs({ caller, requestId }, { webhook: id }, (tx) => deleteWebhook(tx, id))
      return c.body(null, 204)
    })
    .openapi({ ...rotateRoute, middleware: [signedIn, optionalJsonBody] }, async (c) => {
      const { caller, requestId } = c.var
      const { id } = c.req.valid('param')
      const { overlap_seconds } = c.req.valid('json')
      const keys = await createKeys()
      const scope = { webhook: id }
      const rotated = await writeAs({ caller, requestId }, scope, (tx) => rotateSecret(tx, id, overlap_seconds, keys))
      return c.json({ ...rotated, secret: keys.secret }, 200, unstored)
    })
}
