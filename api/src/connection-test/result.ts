import { z } from '@hono/zod-openapi'

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

/** What a worker wrote about a test. */
export const TestResult = z.discriminatedUnion('ok', [
  Answered.extend({ ok: z.literal(true) }),
  z.object({
    ok: z.literal(false),
    code: z.string(),
    message: z.string(),
    provider: z.string().nullable(),
    http_status: z.int().nullable(),
  }),
])
export type TestResult = z.infer<typeof TestResult>
