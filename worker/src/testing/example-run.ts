import type { AccountPolicy, Run } from '../generation/run.ts'

/** Tests only: terms that forbid nothing. */
export const exampleAccountPolicy: AccountPolicy = {
  dataResidency: 'any',
  scrub: false,
  allowedModels: null,
  overBudget: 'fail',
  throttled: false,
}

/** Tests only: a run of which the test says what it is about. */
export const exampleRun = (more: Partial<Run> = {}): Run => ({
  id: 'g',
  userId: 'u',
  accountId: 'u',
  requestId: 'r',
  sourceText: 'The tower is 42 metres high.',
  model: 'balanced',
  promptVersion: 'flashcards@1',
  options: {},
  dataResidency: 'any',
  accountPolicy: exampleAccountPolicy,
  attempt: 1,
  waitedMs: 5,
  ...more,
})
