import { z } from '@hono/zod-openapi'
import { Money } from '../admission/limit-error.ts'

/** What a model that answered said, and what that took. */
export const Answered = z
  .object({
    text: z.string(),
    model: z.string().openapi({ description: 'As the provider named it.' }),
    provider: z.string(),
    usage: z.object({
      tokens_input: z.int().nullable(),
      tokens_output: z.int().nullable(),
      cost_usd: z.string().openapi({ description: 'A decimal string.' }),
    }),
    latency_ms: z.int(),
  })
  .meta({ id: 'ConnectionTestResult' })
export type Answered = z.infer<typeof Answered>

/** A test that there is no money for. `final`: calls under way, once settled, make no room for it either. */
const OutOfMoney = z.object({
  ok: z.literal(false),
  code: z.literal('budget_exceeded'),
  final: z.boolean(),
  limit: Money,
})
export type OutOfMoney = z.infer<typeof OutOfMoney>

/** What a worker wrote about a test. */
export const ConnectionCheckResult = z.union([
  Answered.extend({ ok: z.literal(true) }),
  OutOfMoney,
  z.object({
    ok: z.literal(false),
    code: z.string(),
    message: z.string(),
    provider: z.string().nullable(),
    http_status: z.int().nullable(),
  }),
])
export type ConnectionCheckResult = z.infer<typeof ConnectionCheckResult>
