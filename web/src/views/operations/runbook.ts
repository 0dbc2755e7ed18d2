import runbook from '../../../../docs/operations.md?url'

/** Where docs/operations.md says what to do: the begin of the paragraph. */
const paragraphs: Record<string, string> = {
  worker_lost: 'Generations fail with `worker_lost`',
  auth: 'Generations fail with `auth`',
  provider_credit_exhausted: 'Generations fail with `auth`',
  residency_unavailable: 'Generations fail with `residency_unavailable`',
  budget_exceeded: 'Generations fail with `budget_exceeded`',
  no_route_available: 'Jobs are deferred with `no_route_available`',
  not_sent: '`ai_calls.outcome` is `not_sent`',
  no_worker: '`workers` is `down`',
  route_open: 'A route is `open`',
}
export const runbookTopics = Object.entries(paragraphs)

/** The address of what to do about a code, or about `no_worker` or `route_open`; null where the page says nothing of it. */
export const runbookOf = (topic: string): string | null => {
  const found = Object.hasOwn(paragraphs, topic) ? paragraphs[topic] : undefined
  // The browser scrolls to this text. A dash would end it.
  return found === undefined ? null : `${runbook}#:~:text=${encodeURIComponent(found).replaceAll('-', '%2D')}`
}
