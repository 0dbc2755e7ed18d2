import type { Page, Route } from 'playwright-core'

const readAt = '2026-11-29T12:00:00.000Z'
const ago = (seconds: number) => new Date(Date.parse(readAt) - seconds * 1000).toISOString()
const id = '7f4c1f8e-2f9f-4a55-8f53-0a7d7c1f6a01'

const generations = (state: string, count: number, oldest: number | null) => ({
  state,
  count,
  oldest_at: oldest === null ? null : ago(oldest),
  under_1_minute: count,
  under_10_minutes: 0,
  under_1_hour: 0,
  over_1_hour: 0,
})
const route = (model: string, state: string, reason: string | null) => ({
  provider: 'openrouter',
  model,
  region: 'us',
  state,
  reason,
  openings: reason === null ? 0 : 2,
  open_until: reason === null ? null : ago(-30),
  changed_at: ago(60),
  seen_at: ago(5),
  keys: 2,
  priced_on: reason === null ? '2026-11-01' : '2025-11-01',
})
const key = (fingerprint: string, in_use: boolean, is_old: boolean) => ({
  provider: 'openrouter',
  fingerprint,
  in_use,
  first_seen_at: ago(9_000_000),
  age_days: 104,
  last_used_at: in_use ? ago(9) : null,
  is_old,
})
const failure = (what: string, code: string) => ({
  what,
  code,
  provider: 'openrouter',
  count: 12,
  accounts: 3,
  last_at: ago(70),
  last_generation_id: id,
})
const cost = (kind: string, name: string | null, budget: string | null) => ({
  month: '2026-11-01',
  account_id:
    kind === 'deployment' ? '00000000-0000-0000-0000-000000000000' : id.replace('01', kind === 'team' ? '02' : '03'),
  kind,
  name,
  plan: kind === 'team' ? 'pro' : null,
  generations: 1234,
  cost_usd: '12.3456',
  reserved_usd: '0.01',
  budget_usd: budget,
  used_percent: budget === null ? null : 88.2,
})

/** Rows of each view of operators in which everything that can be wrong is wrong. */
const rows: Record<string, unknown[]> = {
  generations: [
    generations('waiting', 3, 40),
    generations('pending', 7, 12),
    generations('running', 4, 700),
    generations('succeeded', 1200, 80_000),
    generations('failed', 31, 60_000),
    generations('cancelled', 0, null),
  ],
  stuck: [
    { what: 'running for over 10 minutes', id, account_id: id, since: ago(700), detail: 'attempt 2' },
    { what: 'something new', id: 'openrouter a', account_id: null, since: null, detail: null },
  ],
  routes: [
    route('b/open', 'open', 'timeout'),
    route('b/half', 'half_open', 'upstream_error'),
    route('b/fine', 'closed', null),
  ],
  'provider-keys': [
    key('0123456789ab', true, false),
    key('a123456789ab', true, true),
    key('b123456789ab', false, false),
  ],
  queue: [
    { band: 1, depth: 2, waiting_since: ago(30), run_seconds: 9.5, measured_at: ago(90) },
    { band: 0, depth: 5, waiting_since: null, run_seconds: 10, measured_at: null },
  ],
  workers: [{ pid: 71, connected_at: ago(3_600) }],
  failures: [failure('generation', 'worker_lost'), failure('generation', 'timeout'), failure('call', 'timeout')],
  'latest-failures': [
    {
      generation_id: id,
      kind: 'flashcards',
      model: 'balanced',
      account_id: id,
      request_id: 'req-1',
      created_at: ago(80),
      finished_at: ago(70),
      error: { code: 'worker_lost', retryable: true, attempts: 4, timing: { total_ms: 4_000 } },
    },
  ],
  'cost-by-account': [cost('deployment', null, '14'), cost('team', 'Night class', '14'), cost('personal', null, null)],
}

export type ViewsMode = 'held' | 'refused' | 'empty' | 'filled'

/** Answers every view of operators by `mode`, which a test changes. What is held is answered when `mode` is set next. */
export const scriptViews = async (page: Page) => {
  let mode: ViewsMode = 'held'
  let held: Route[] = []
  let asked = 0
  const problem = { title: 'No', status: 403, code: 'not_an_operator', request_id: 'req-403' }
  const answer = (route: Route): Promise<void> => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? ''
    if (mode === 'refused')
      return route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) })
    const data = mode === 'empty' ? [] : (rows[name] ?? [])
    return route.fulfill({ json: { data, next_cursor: null, truncated: mode === 'filled', read_at: readAt } })
  }
  await page.route('**/api/operator/*', (route) => {
    asked++
    return mode === 'held' ? void held.push(route) : answer(route)
  })
  return {
    /** How often a view was asked for. */
    asked: (): number => asked,
    set: async (next: ViewsMode): Promise<void> => {
      mode = next
      const waiting = held
      held = []
      await Promise.all(waiting.map(answer))
    },
  }
}
