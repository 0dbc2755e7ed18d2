import { OpenAPIHono } from '@hono/zod-openapi'
import { chatContract } from '@recto/shared/kinds/chat/contract'
import { accepts } from 'hono/accepts'
import { z } from 'zod'
import type { VerifyToken } from '../auth/verify-token.ts'
import { authenticate } from '../auth.ts'
import type { CallerEnv } from '../env.ts'
import { eventHeaders } from '../events/routes.ts'
import type { Streams } from '../events/streams.ts'
import type { FindGeneration } from '../generations/batch-reads.ts'
import { newGenerationOf } from '../generations/body.ts'
import { preferredWait } from '../generations/poll-interval.ts'
import { readGeneration } from '../generations/read.ts'
import { createSubmission } from '../generations/submission.ts'
import type { SubmitDeps } from '../generations/submit.ts'
import { usedOf } from '../generations/used.ts'
import { type WaitDeps, waitForEnd } from '../generations/wait.ts'
import { jsonBody } from '../http/json-body.ts'
import { peerOf } from '../http/peer.ts'
import { throwIfInvalid } from '../http/validation.ts'
import { findAnswer } from './answer.ts'
import { chatRoute } from './contract.ts'

export type ChatDeps = SubmitDeps &
  Omit<WaitDeps, 'read'> & { findGeneration: FindGeneration; streams: Pick<Streams, 'open'>; verify: VerifyToken }

const Continued = z.object({ conversation_id: z.string().optional() })

const events = 'text/event-stream'

/** Chat for clients that want an answer from one request: a submission, and the wait for its end or its events. */
export const chatRoutes = (deps: ChatDeps) => {
  const submission = createSubmission(deps)
  const longestWait = deps.longestWaitMs / 1000
  const read = readGeneration(deps.findGeneration)
  const [finished, answerOf] = [waitForEnd({ ...deps, read }), findAnswer({ ...deps, read })]

  return new OpenAPIHono<CallerEnv>({ defaultHook: throwIfInvalid }).openapi(
    { ...chatRoute(deps.catalog), middleware: [authenticate(deps.verify), jsonBody] },
    async (c) => {
      const wanted = await submission.read(c, newGenerationOf({ kind: chatContract.id, ...c.req.valid('json') }))
      const { id, headers } = await submission.send(c, wanted)
      const { caller } = c.var
      const { conversation_id = id } = Continued.parse(wanted.generation.input)
      const pending = { generation_id: id, conversation_id, status: 'pending' as const }
      if (
        accepts(c, { header: 'Accept', supports: ['application/json', events], default: 'application/json' }) === events
      ) {
        // The submission is accepted, also when there is no place for a stream.
        const opened = { after: undefined, peer: peerOf(c.env) }
        const stream = await deps.streams.open(caller, id, opened).catch(() => undefined)
        if (!stream) return c.json(pending, 202, { ...headers, 'Retry-After': '1' })
        c.set('stream', stream.ended)
        return c.body(stream.body, 200, { ...headers, ...eventHeaders })
      }
      const seconds = preferredWait(c.req.header('prefer'), longestWait) ?? longestWait
      const generation = await finished(caller, id, { seconds, gone: c.req.raw.signal })
      if (generation) {
        c.set('used', usedOf(generation))
        return c.json(await answerOf(caller, generation, c.req.raw.signal), 200, {
          ...headers,
          'Preference-Applied': `wait=${seconds}`,
        })
      }
      return c.json(pending, 202, { ...headers, 'Retry-After': '1' })
    },
  )
}
