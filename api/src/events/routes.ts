import { OpenAPIHono } from '@hono/zod-openapi'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { CallerEnv } from '../env.ts'
import type { FindGeneration } from '../generations/batch-reads.ts'
import { readGeneration } from '../generations/read.ts'
import { peerOf } from '../http/peer.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { eventsRoute } from './contract.ts'
import { parseLastEventId } from './last-event-id.ts'
import type { Streams } from './streams.ts'

export type EventDeps = { streams: Pick<Streams, 'open'>; findGeneration: FindGeneration; verify: VerifyToken }

/** Headers of an answer that is a stream of events. */
export const eventHeaders = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'private, no-store, no-transform',
  Vary: 'Authorization',
  // nginx would collect events before it passes them on.
  'X-Accel-Buffering': 'no',
  // The connection ends with the stream, so that it keeps no process from stopping.
  Connection: 'close',
}

export const eventRoutes = ({ streams, findGeneration, verify }: EventDeps) => {
  const read = readGeneration(findGeneration)

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...eventsRoute, middleware: [authenticate(verify)] },
    async (c) => {
      const { id } = c.req.valid('param')
      c.set('generationId', id)
      if (c.req.method === 'HEAD') {
        await read(c.get('caller'), id)
        return c.body(null, 200, eventHeaders)
      }
      const after = parseLastEventId(c.req.header('last-event-id'))
      const { body, ended } = await streams.open(c.get('caller'), id, { after, peer: peerOf(c.env) })
      c.set('stream', ended)
      return c.body(body, 200, eventHeaders)
    },
  )
}
