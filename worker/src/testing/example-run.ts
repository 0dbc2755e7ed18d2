import type { AccountPolicy } from '../generation/account-policy.ts'
import type { Run } from '../generation/run.ts'
import type { Job } from '../queue/jobs.ts'

/** The first delivery of the job of `exampleRun`. */
export const exampleJob: Job = {
  id: 'g',
  priority: 0,
  retryCount: 0,
  retryLimit: 3,
  deliveredAt: '2026-11-21T00:00:00.000Z',
  run: null,
}

/** An account policy for tests that forbids nothing. */
export const exampleAccountPolicy: AccountPolicy = {
  dataResidency: 'any',
  scrub: false,
  allowedModels: null,
  allowedKinds: null,
  overBudget: 'fail',
  throttled: false,
}

/** A run for tests; a test overrides the fields that it is about. */
export const exampleRun = (more: Partial<Run> = {}): Run => ({
  id: 'g',
  userId: 'u',
  accountId: 'u',
  requestId: 'r',
  traceparent: null,
  kind: 'flashcards',
  sourceText: 'The tower is 42 metres high.',
  input: null,
  model: 'balanced',
  promptVersion: 'flashcards@1',
  options: {},
  dataResidency: 'any',
  accountPolicy: exampleAccountPolicy,
  attempt: 1,
  endedCalls: [],
  optimize: null,
  maxTotalTokens: null,
  usedTokens: 0,
  unmeasuredCalls: 0,
  unusableAnswers: 0,
  failedCalls: 0,
  waitedMs: 5,
  queuedMs: 1,
  ...more,
})
