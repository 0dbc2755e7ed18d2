import type { NewGeneration } from '@recto/shared/generation'
import type { Context } from 'hono'
import { resolveAccount } from '../accounts/resolve-account.ts'
import { actorOf } from '../db/actor.ts'
import type { CallerEnv } from '../env.ts'
import { type ContinueDeps, continueConversation } from './continue.ts'
import { digestOf } from './idempotency.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import type { AccountGeneration } from './insert.ts'
import { type SubmitDeps, submitGeneration } from './submit.ts'

/** A submission as its request names it, with all that was said before in its conversation. */
export type Wanted = { generation: AccountGeneration; key: string | undefined }

/** The two halves of a submission by HTTP. Both note on the context what the log and the headers say of it. */
export const createSubmission = (deps: SubmitDeps & ContinueDeps) => {
  const [complete, submit] = [continueConversation(deps), submitGeneration(deps)]

  return {
    /** Reads what a request wants. @throws AppError as resolveAccount and continueConversation do */
    read: async (c: Context<CallerEnv>, body: NewGeneration): Promise<Wanted> => {
      const key = idempotencyKeyOf(c.req.header('idempotency-key'))
      c.set('useCase', body.kind)
      const account_id = resolveAccount(c.var.caller, c.req.header('x-recto-account'), body.account_id)
      c.set('account', account_id)
      return { generation: await complete(c.var.caller, { ...body, account_id }, key), key }
    },
    /** Stores it. Answers the generation's id, and headers for the response. @throws what submitGeneration throws */
    send: async (c: Context<CallerEnv>, { generation, key }: Wanted) => {
      // The parsed body has defaults in it; the parsed JSON, which the validator has read, has not.
      const idempotency = key === undefined ? undefined : { key, digest: digestOf(await c.req.json()) }
      const { id, replayed, admission } = await submit(actorOf(c.var), generation, idempotency)
      c.set('generationId', id)
      if (admission) c.set('admission', admission)
      const headers = {
        Location: `/api/ai/generations/${id}`,
        'Cache-Control': 'private, no-cache',
        ...(replayed && { 'Idempotency-Replayed': 'true' }),
      }
      return { id, headers }
    },
  }
}
