import { OpenAPIHono } from '@hono/zod-openapi'
import type { Logger } from '@recto/shared/log'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { WriteBeside } from '../db/write-as.ts'
import type { CallerEnv } from '../env.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { exportCards } from './export.ts'
import { exportRoute, importRoute } from './file-contract.ts'
import { cardFormats } from './formats/formats.ts'
import { createImport } from './import.ts'

export type CardFileDeps = { readAs: ReadAs; writeBeside: WriteBeside; verify: VerifyToken; log: Logger }

export const cardFileRoutes = ({ readAs, writeBeside, verify, log }: CardFileDeps) => {
  const signedIn = authenticate(verify)
  const importCards = createImport(writeBeside)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid })
    .openapi({ ...exportRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      const query = c.req.valid('query')
      const { contentType, extension } = cardFormats[query.format]
      const onError = (error: unknown) => log.warn({ error, request_id: requestId }, 'export of cards failed')
      return c.body(await exportCards(readAs, caller, query, c.req.raw.signal, onError), 200, {
        'Content-Type': contentType,
        'Content-Disposition': `attachment; filename="recto-cards.${extension}"`,
        'Cache-Control': 'no-store',
      })
    })
    .openapi({ ...importRoute, middleware: [signedIn] }, async (c) => {
      const { caller, requestId } = c.var
      const { format, dry_run } = c.req.valid('query')
      const body = c.req.raw.body ?? new ReadableStream({ start: (empty) => empty.close() })
      const result = await importCards({ caller, requestId }, { format, dryRun: dry_run === 'true', body })
      return c.json(result, 200, { 'Cache-Control': 'no-store' })
    })
}
