import { createClient, type Problem } from '@recto/client'
import { generationErrors, problemCodes } from '@recto/shared/errors'
import { AuthApiError, AuthRetryableFetchError } from '@supabase/auth-js'
import { describe, expect, test } from 'vitest'
import { RestError } from '../session/rest.ts'
import { describeError, describeFailure } from './describe-error.ts'
import { generationTexts } from './generation-texts.ts'
import { problemTexts } from './problem-texts.ts'

/** What the client throws when the API answers a problem. */
const errorOf = async (problem: Partial<Problem>, headers: Record<string, string> = {}): Promise<unknown> => {
  const body = JSON.stringify({ title: 'No', status: 400, request_id: 'req-1', ...problem })
  const init = { status: problem.status ?? 400, headers: { 'content-type': 'application/problem+json', ...headers } }
  const client = createClient({ url: 'http://x', getToken: () => 't', fetch: async () => new Response(body, init) })
  return client.request('ai/limits', { timeoutMs: 20 }).catch((error: unknown) => error)
}

test('every code of the API and every code of a generation has words in both languages', () => {
  expect(Object.keys(problemTexts).toSorted()).toEqual([...problemCodes].toSorted())
  expect(Object.keys(generationTexts).toSorted()).toEqual(Object.keys(generationErrors).toSorted())
})

describe('an error of the API', () => {
  test('says what happened, what to do, what is wrong with which field, and the request id', async () => {
    const errors = [{ path: 'options.max_cards', message: 'must be at most 30' }]
    const error = await errorOf({ code: 'invalid_request', detail: 'More exactly.', errors })
    expect(describeError(error, 'en')).toEqual({
      what: 'Something in this request is not valid.',
      advice: 'Change what is named below, and send it again.',
      details: ['More exactly.', 'options.max_cards: must be at most 30'],
      requestId: 'req-1',
    })
    expect(describeError(error, 'pl').what).toBe('Coś w tym żądaniu jest nieprawidłowe.')
  })

  test('of a limit says until when to wait', async () => {
    const error = await errorOf({ code: 'rate_limited', status: 429 }, { 'retry-after': '90' })
    const now = new Date()
    now.setHours(12, 0, 0, 0)
    expect(describeError(error, 'en', now.getTime()).advice).toMatch(/^Wait until .*12:01, and try again\.$/)
  })

  test('of a budget or a plan sends to the operator, who sets both: a person owns the account and cannot', async () => {
    const [budget, plan] = [await errorOf({ code: 'budget_exceeded' }), await errorOf({ code: 'plan_limit' })]
    expect(describeError(budget, 'en').advice).toBe(
      'Wait until the next month begins, or ask the operator of this Recto for a larger budget.',
    )
    expect(describeError(plan, 'en').advice).toBe(
      'Choose what the plan includes, or ask the operator of this Recto for another plan.',
    )
  })

  test('with a code that the page does not know is told as an unknown one', async () => {
    const error = await errorOf({ code: 'brand_new' as Problem['code'], status: 400 })
    expect(describeError(error, 'en')).toMatchObject({ what: 'Something went wrong in Recto.', requestId: 'req-1' })
  })
})

test('a failed generation has its own words, with the code and what the gate dropped', () => {
  const error = {
    code: 'no_usable_cards',
    message: '',
    retryable: true,
    attempts: 1,
    provider: null,
    http_status: null,
    provider_request_id: 'gen-7',
    response_excerpt: null,
    timing: {},
    dropped: { quote_not_found: 3 },
  }
  expect(describeFailure(error, 'en')).toEqual({
    what: 'None of the proposed cards could be proved from the text.',
    advice: 'Try another text or another model.',
    details: ['no_usable_cards', 'quote_not_found: 3'],
    requestId: 'gen-7',
  })
  expect(describeFailure(null, 'en').details).toEqual(['internal_error'])
  // It names no field that could be changed.
  expect(describeFailure({ ...error, code: 'invalid_input' }, 'en').advice).toBe('Try another text or another model.')
})

test.each<[string, unknown, string]>([
  [
    'a wrong password',
    new AuthApiError('Invalid', 400, 'invalid_credentials'),
    'Address and password do not belong together.',
  ],
  ['an old link', new AuthApiError('Expired', 403, 'otp_expired'), 'This link is not valid any more.'],
  [
    'something new of PostgREST',
    new RestError({ message: 'no', code: 'PT418', details: '' }),
    'Supabase did not accept this.',
  ],
  ['a network that is gone', new TypeError('Failed to fetch'), 'Recto cannot be reached.'],
  ['a defect', new Error('x is undefined'), 'This page made a mistake.'],
  ['something that was thrown', 'text', 'This page made a mistake.'],
])('%s is told in words', (_, error, what) => {
  expect(describeError(error, 'en').what).toBe(what)
})

test('what kept the client from a token is told as itself', async () => {
  const away = new AuthRetryableFetchError('Failed to fetch', 0)
  const getToken = () => Promise.reject(away)
  const error = await createClient({ url: 'http://x', getToken })
    .request('ai/limits')
    .catch((thrown) => thrown)
  expect(describeError(error, 'en')).toEqual(describeError(away, 'en'))
})
