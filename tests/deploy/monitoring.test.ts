import { execFileSync } from 'node:child_process'
import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dashboardQueries } from '../../deploy/monitoring/grafana-dashboard.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { monitoring, type Prometheus, startPrometheus } from './prometheus.ts'

const promtool = (...args: string[]) => execFileSync('promtool', args, { cwd: monitoring, encoding: 'utf8' })

test('promtool accepts the configuration and its rules', () => {
  expect(promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS')
})

test('each alert fires at what it is about, and is silent at what it is not', () => {
  expect(promtool('test', 'rules', 'recto.rules.test.yml')).toContain('SUCCESS')
})

describe('Prometheus beside an API and a worker', () => {
  let system: System
  let worker: Service
  let prometheus: Prometheus
  beforeAll(async () => {
    system = await startSystem()
    const metricsPort = await freePort()
    const api = await system.startApi({ METRICS_PORT: String(metricsPort) })
    worker = await system.startWorker()
    prometheus = await startPrometheus({ apis: [`127.0.0.1:${metricsPort}`], workers: [new URL(worker.url).host] })
    const ana = await system.person(api)
    await ana.submit({ source_text: newText() })
    // A rate needs two scrapes of each process.
    const scraped = async () => {
      const both = await prometheus.resultOf(
        'sum(rate(recto_overhead_seconds_count[1m])) and sum(rate(recto_submissions_total[1m]))',
      )
      const succeeded = await prometheus.resultOf('sum(recto_overhead_seconds_count) > 0')
      return both.length > 0 && succeeded.length > 0
    }
    await until(scraped, { what: 'scrapes of a generation that succeeded', timeoutMs: 60_000 })
  })
  afterAll(async () => {
    await prometheus?.stop()
    await system?.stop()
  })

  /** Without the age of the bundled catalog's prices, which is another one on each day. */
  const alerts = async (): Promise<string[]> =>
    (await prometheus.alerts()).filter((alert) => alert !== 'RectoPricesOld ticket')

  test('answers every query of the dashboard, with data for what has happened', async () => {
    const empty: string[] = []
    for (const { expr } of dashboardQueries) {
      const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h')
      if ((await prometheus.resultOf(query)).length === 0) empty.push(expr)
    }
    const series = new Set(empty.flatMap((expr) => expr.match(/recto_\w+/g) ?? []))
    // What has not happened here has no series: jobs that did not succeed, decisions, streams, webhooks, settlements,
    // capped costs, alerts.
    expect([...series].toSorted()).toEqual([
      'recto_budget_alerts_total',
      'recto_calls_settled_total',
      'recto_costs_capped_total',
      'recto_events_sent_total',
      'recto_jobs_total',
      'recto_reviews_total',
      'recto_webhook_attempt_duration_seconds_bucket',
      'recto_webhook_deliveries_total',
      'recto_webhooks_disabled_total',
    ])
  })

  test('sees no alert while all is well, and that there is no worker after its end', async () => {
    await expect.poll(alerts).toEqual([])
    await worker.stop()
    await until(async () => (await alerts()).includes('RectoNoWorker page'), {
      what: 'the alert about the worker',
      timeoutMs: 60_000,
    })
    expect(await alerts()).toEqual(['RectoNoWorker page', 'RectoProcessDown ticket'])
  })
})
