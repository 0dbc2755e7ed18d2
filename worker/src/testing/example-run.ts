import type { AccountPolicy, Run } from '../generation/run.ts'

/** A policy that forbids nothing. */
export const exampleAccountPolicy: AccountPolicy = {
  dataResidency: 'any',
  scrub: false,
  allowedModels: null,
  allowedKinds: null,
  overBudget: 'fail',
  throttled: false,
}

/** A run with what a test sets. */
export const exampleRun = (more: Partial<Run> = {}): Run => ({
  id: 'g',
  userId: 'u',
  accountId: 'u',
  requestId: 'r',
  kind: 'flashcards',
  sourceText: 'The tower is 42 metres high.',
  input: null,
  model: 'balanced',
  promptVersion: 'flashcards@1',
  options: {},
  dataResidency: 'any',
  accountPolicy: exampleAccountPolicy,
  attempt: 1,
  waitedMs: 5,
  ...more,
})
