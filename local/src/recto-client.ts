import { Generation, isTerminal, Suggestion } from '@recto/shared/generation'
import { z } from 'zod'

const problemSchema = z.object({
  title: z.string(),
  detail: z.string().optional(),
  code: z.string().optional(),
  retry_after: z.number().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
const acceptedSchema = z.object({ generation_id: z.string() })
const suggestionsSchema = z.object({ data: z.array(Suggestion) })

/** An error response of the API. Its message is made of the problem document's title, detail and errors. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, body: unknown) {
    const problem = problemSchema.safeParse(body)
    const { title, detail, retry_after, errors } = problem.success ? problem.data : { title: `HTTP ${status}` }
    const lines = [
      [title, detail].filter((part) => part).join(': '),
      ...(errors ?? []).map(({ path, message }) => `  ${path}: ${message}`),
      ...(retry_after === undefined || detail ? [] : [`  try again in ${retry_after} s`]),
    ]
    super(lines.join('\n'))
    this.status = status
  }
}

export type Outcome = { generation: Generation; suggestions: Suggestion[] }

/**
 * A client for the requests that take a text through a running API. It follows no redirect: that is an ApiError.
 * @throws from each request: ApiError for an error response, Error when the API cannot be reached
 */
export const createRectoClient = (apiUrl: string, token: string) => {
  const call = async <T>(schema: z.ZodType<T>, path: string, init: RequestInit = {}): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers }
    const response = await fetch(`${apiUrl}/api/ai/generations${path}`, { ...init, headers, redirect: 'manual' }).catch(
      (error: unknown) => {
        throw new Error(`the API at ${apiUrl} cannot be reached`, { cause: error })
      },
    )
    const body: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw new ApiError(response.status, body)
    return schema.parse(body)
  }
  return {
    /** Submits a text and answers the generation's id. The same key and text give the same generation. */
    submit: async (sourceText: string, idempotencyKey?: string): Promise<string> => {
      const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
      const body = JSON.stringify({ source_text: sourceText })
      return (await call(acceptedSchema, '', { method: 'POST', body, headers })).generation_id
    },
    /** Waits by long polling until a generation has ended, and reads it with its suggestions. */
    waitForOutcome: async (id: string): Promise<Outcome> => {
      let generation = await call(Generation, `/${id}`)
      while (!isTerminal(generation.status)) generation = await call(Generation, `/${id}?wait=30`)
      const { data } = await call(suggestionsSchema, `/${id}/suggestions`)
      return { generation, suggestions: data }
    },
  }
}
