import type { Run } from './run.ts'

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
  account: { dataResidency: 'any', scrub: false },
  attempt: 1,
  waitedMs: 5,
  ...more,
})
