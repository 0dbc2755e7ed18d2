import { createClient, type DecisionAbout, type Suggestion } from '@recto/client'
import { begin, flaggedFirst } from './review-state.ts'

/** A suggestion of a test. A capital letter as its id gives it a flag. */
export const suggestion = (id: string): Suggestion => ({
  id,
  generation_id: 'g',
  position: 1,
  front: `${id}?`,
  back: `${id}.`,
  source_quote: 'quote',
  quote_start: 0,
  quote_end: 5,
  flags: /[A-Z]/.test(id) ? ['yes_no'] : [],
  status: 'proposed',
  edited: false,
  reject_reason: null,
  reviewed_at: null,
  created_at: '2026-11-28T05:18:37.700083Z',
  card_id: null,
})

/** A review of suggestions with one letter each. */
export const reviewOf = (ids: string) => begin(flaggedFirst([...ids].map(suggestion)), {})

export const accept = (id: string): DecisionAbout => ({ id, action: 'accept' })
export const reject = (id: string): DecisionAbout => ({ id, action: 'reject', reason: 'wrong' })

/** What the client throws when the API answers a problem, which may name parts of the request. */
export const problem = async (status: number, code: string, paths: string[] = []): Promise<unknown> => {
  const errors = paths.map((path) => ({ path, message: 'no' }))
  const body = JSON.stringify({ title: 'No', status, code, request_id: 'req-1', ...(paths.length > 0 && { errors }) })
  const init = { status, headers: { 'content-type': 'application/problem+json' } }
  const client = createClient({ url: 'http://x', getToken: () => 't', fetch: async () => new Response(body, init) })
  return client.review([accept('a')], { timeoutMs: 20 }).catch((error: unknown) => error)
}
