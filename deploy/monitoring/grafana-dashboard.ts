// Makes grafana-dashboard.json, which Grafana imports: `node deploy/monitoring/grafana-dashboard.ts` after a change here.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Query = { expr: string; legend: string }
type Panel = { title: string; kind: 'timeseries' | 'stat'; unit: string; queries: Query[]; description?: string }
type Row = { title: string; panels: Panel[] }

const query = (expr: string, legend: string): Query => ({ expr, legend })
const lines = (title: string, unit: string, queries: Query[], description?: string): Panel => ({
  title,
  kind: 'timeseries',
  unit,
  queries,
  ...(description !== undefined && { description }),
})
const number = (title: string, unit: string, expr: string, description: string): Panel => ({
  title,
  kind: 'stat',
  unit,
  queries: [query(expr, '')],
  description,
})

const perSecond = (metric: string, by: string, matchers = ''): string =>
  `sum by (${by}) (rate(${metric}${matchers}[$__rate_interval]))`

/** p50, p95 and p99 over all processes. */
const percentiles = (histogram: string, matchers = ''): Query[] =>
  [0.5, 0.95, 0.99].map((q) => {
    const rates = `rate(${histogram}_bucket${matchers}[$__rate_interval])`
    return query(`histogram_quantile(${q}, sum by (le) (${rates}))`, `p${q * 100}`)
  })
const p95By = (histogram: string, by: string, matchers = ''): string =>
  `histogram_quantile(0.95, sum by (le, ${by}) (rate(${histogram}_bucket${matchers}[$__rate_interval])))`

const model = '{{provider}}/{{model}}'
const pool = '{{pool}} {{instance}}'

const rows: Row[] = [
  {
    title: 'Objectives',
    panels: [
      number(
        'Generations that ended for their person’s own reason',
        'percentunit',
        '1 - sum(increase(recto_generations_ended_total{status="failed",cause!="person"}[$__range])) / sum(increase(recto_generations_ended_total[$__range]))',
        'Objective: 99.5 % over 30 days.',
      ),
      number(
        'Overhead within 500 ms',
        'percentunit',
        'sum(increase(recto_overhead_seconds_bucket{le="0.5"}[$__range])) / sum(increase(recto_overhead_seconds_count[$__range]))',
        'Objective: 95 %. The time of a generation without that of requests to models.',
      ),
      number(
        'Failovers within 2 s',
        'percentunit',
        'sum(increase(recto_failover_seconds_bucket{le=~"2|2.0"}[$__range])) / sum(increase(recto_failover_seconds_count[$__range]))',
        'Objective: 99 %. From a failed request until one to another route was sent.',
      ),
    ],
  },
  {
    title: 'Generations',
    panels: [
      lines('Submissions', 'ops', [query(perSecond('recto_submissions_total', 'use_case'), '{{use_case}}')]),
      lines('Ends', 'ops', [
        query(perSecond('recto_generations_ended_total', 'status, cause'), '{{status}} {{cause}}'),
      ]),
      lines('Denied by limits', 'ops', [query(perSecond('recto_refusals_total', 'limit'), '{{limit}}')]),
      lines('Overhead beyond the model', 's', percentiles('recto_overhead_seconds')),
      lines('Phases, p95', 's', [query(p95By('recto_phase_duration_seconds', 'phase'), '{{phase}}')]),
      lines('From submission to the first run', 's', percentiles('recto_job_wait_seconds')),
      lines('Runs, p95', 's', [query(p95By('recto_job_duration_seconds', 'outcome'), '{{outcome}}')]),
      lines('Deliveries that did not succeed', 'ops', [
        query(perSecond('recto_jobs_total', 'outcome, code', '{outcome!="succeeded"}'), '{{outcome}} {{code}}'),
      ]),
    ],
  },
  {
    title: 'Queue and workers',
    panels: [
      lines('Depth by band', 'short', [query('max by (band) (recto_queue_depth)', 'band {{band}}')]),
      lines('Age of the oldest job by band', 's', [query('max by (band) (recto_queue_age_seconds)', 'band {{band}}')]),
      lines('Jobs that run', 'short', [
        query('sum(recto_worker_running)', 'running'),
        query('sum(recto_worker_slots)', 'slots'),
      ]),
    ],
  },
  {
    title: 'Models',
    panels: [
      lines('Breaker: 0 closed, 1 half open, 2 open', 'short', [
        query('max by (provider, model) (recto_route_state)', model),
      ]),
      lines('Requests by outcome', 'ops', [query(perSecond('recto_model_calls_total', 'outcome'), '{{outcome}}')]),
      lines('Requests, p95', 's', [query(p95By('recto_model_call_duration_seconds', 'provider, model'), model)]),
      lines('First token, p95', 's', [query(p95By('recto_model_first_token_seconds', 'provider, model'), model)]),
      lines('Failover', 's', percentiles('recto_failover_seconds')),
      lines('Keys', 'short', [
        query('min by (provider, state) (recto_provider_keys)', '{{provider}} {{state}}'),
        query('max by (provider) (recto_provider_keys_refused)', '{{provider}} refused'),
      ]),
    ],
  },
  {
    title: 'Cost',
    panels: [
      lines('USD per hour', 'currencyUSD', [
        query('3600 * sum by (provider, model) (rate(recto_cost_usd_total[$__rate_interval]))', model),
      ]),
      lines('Tokens', 'ops', [query(perSecond('recto_tokens_total', 'direction'), '{{direction}}')]),
      lines('Answered by the cache', 'percentunit', [
        query(
          'sum(rate(recto_generations_cached_total[$__rate_interval])) / sum(rate(recto_generations_ended_total{status="succeeded"}[$__rate_interval]))',
          'of those that succeeded',
        ),
      ]),
      lines('Costs settled later', 'ops', [query(perSecond('recto_calls_settled_total', 'result'), '{{result}}')]),
      lines('Budget alerts per hour', 'short', [
        query('sum by (reason, threshold) (increase(recto_budget_alerts_total[1h]))', '{{reason}} {{threshold}}'),
      ]),
      lines('Costs capped', 'ops', [query(perSecond('recto_costs_capped_total', 'provider'), '{{provider}}')]),
      lines('Age of prices', 'd', [query('max by (provider, model) (recto_price_age_days)', model)]),
    ],
  },
  {
    title: 'Quality',
    panels: [
      lines('Cards by the verdict of the gate', 'ops', [
        query(perSecond('recto_cards_total', 'verdict'), '{{verdict}}'),
      ]),
      lines('Decisions of people', 'ops', [
        query(perSecond('recto_reviews_total', 'about, action'), '{{about}} {{action}}'),
      ]),
      lines('Acceptance', 'percentunit', [
        query(
          'sum by (about) (rate(recto_reviews_total{action=~"accept|edit"}[$__rate_interval])) / sum by (about) (rate(recto_reviews_total{action!="undo"}[$__rate_interval]))',
          '{{about}}',
        ),
      ]),
    ],
  },
  {
    title: 'API and streams',
    panels: [
      lines('Requests by status', 'reqps', [
        query(perSecond('recto_http_request_duration_seconds_count', 'status'), '{{status}}'),
      ]),
      lines(
        'Submissions to the API, time until the answer',
        's',
        percentiles(
          'recto_http_request_duration_seconds',
          '{method="POST",route="/api/ai/generations",status=~"2..|4.."}',
        ),
      ),
      lines('Open event streams', 'short', [query('sum(recto_event_streams)', 'open')]),
      lines('Ends of event streams', 'ops', [
        query(perSecond('recto_event_streams_ended_total', 'reason'), '{{reason}}'),
      ]),
      lines('Accounts that are being moved', 'short', [query('max(recto_accounts_moving)', 'accounts')]),
      lines('Age of the oldest move', 's', [query('max(recto_move_age_seconds)', 'age')]),
      lines('Deletions that fail in cells (0 or 1)', 'short', [query('min(recto_deletions_failing)', 'failing')]),
      lines('Events sent', 'ops', [query(perSecond('recto_events_sent_total', 'event'), '{{event}}')]),
    ],
  },
  {
    title: 'Webhooks',
    panels: [
      lines('Requests by result', 'ops', [query(perSecond('recto_webhook_attempts_total', 'result'), '{{result}}')]),
      lines('Requests, p95', 's', [query(p95By('recto_webhook_attempt_duration_seconds', 'result'), '{{result}}')]),
      lines('Deliveries that are over', 'ops', [
        query(perSecond('recto_webhook_deliveries_total', 'result'), '{{result}}'),
      ]),
      lines('Webhooks disabled per hour', 'short', [
        query('sum by (reason) (increase(recto_webhooks_disabled_total[1h]))', '{{reason}}'),
      ]),
    ],
  },
  {
    title: 'Processes',
    panels: [
      lines('Event-loop lag, p99', 's', [
        query('nodejs_eventloop_lag_p99_seconds{job=~"recto-.*"}', '{{job}} {{instance}}'),
      ]),
      lines('Connections in use', 'percentunit', [query('recto_db_pool_used / recto_db_pool_size', pool)]),
      lines('Waiting for a connection', 'short', [query('recto_db_pool_waiting', pool)]),
      lines('Postgres answers: 1, or 0', 'short', [query('recto_db_reachable', pool)]),
      lines('CPU', 'percentunit', [
        query('rate(process_cpu_seconds_total{job=~"recto-.*"}[$__rate_interval])', '{{job}} {{instance}}'),
      ]),
      lines('Memory', 'bytes', [query('process_resident_memory_bytes{job=~"recto-.*"}', '{{job}} {{instance}}')]),
    ],
  },
]

const datasource = { type: 'prometheus', uid: '$datasource' }
/** Of the 24 columns of a dashboard. */
const width = 8
const height = 7

const panelAt = (id: number, x: number, y: number, { title, kind, unit, queries, description }: Panel) => ({
  id,
  type: kind,
  title,
  ...(description !== undefined && { description }),
  datasource,
  gridPos: { h: height, w: width, x, y },
  fieldConfig: { defaults: { unit, ...(kind === 'stat' ? { decimals: 2 } : { min: 0 }) }, overrides: [] },
  targets: queries.map(({ expr, legend }, n) => ({
    refId: String.fromCharCode(65 + n),
    datasource,
    expr,
    legendFormat: legend,
  })),
})

const panels = () => {
  let [id, y] = [0, 0]
  return rows.flatMap(({ title, panels }) => {
    const head = { id: ++id, type: 'row', title, collapsed: false, gridPos: { h: 1, w: 24, x: 0, y }, panels: [] }
    const placed = panels.map((panel, n) => panelAt(++id, (n % 3) * width, y + 1 + Math.floor(n / 3) * height, panel))
    y += 1 + Math.ceil(panels.length / 3) * height
    return [head, ...placed]
  })
}

/** Every query of the dashboard, as Prometheus gets it. */
export const dashboardQueries: readonly Query[] = rows.flatMap((row) => row.panels.flatMap((panel) => panel.queries))

const dashboard = {
  uid: 'recto',
  title: 'Recto',
  tags: ['recto'],
  schemaVersion: 39,
  editable: true,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: { list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }] },
  panels: panels(),
}

/** The text of grafana-dashboard.json. */
export const grafanaDashboard = `${JSON.stringify(dashboard, null, 2)}\n`

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'grafana-dashboard.json'), grafanaDashboard)
