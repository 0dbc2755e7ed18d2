import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '@recto/local/home'
import { freePort } from '@recto/local/ports'
import { type Child, logTail, startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dashboardQueries } from '../../deploy/monitoring/grafana-dashboard.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const monitoring = join(projectRoot, 'deploy', 'monitoring')
const promtool = (...args: string[]) => execFileSync('promtool', args, { cwd: monitoring, encoding: 'utf8' })

test('promtool accepts the configuration and its rules', () => {
  expect(promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS')
})

test('each alert fires at what it is about, and is silent at what it is not', () => {
  expect(promtool('test', 'rules', 'recto.rules.test.yml')).toContain('SUCCESS')
})

describe('Prometheus beside an API and a worker', () => {
  const Answer = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()) }) })
  const Alerts = z.object({
    data: z.object({ alerts: z.array(z.object({ labels: z.looseObject({ alertname: z.string() }) })) }),
  })
  let system: System
  let worker: Service
  let prometheus: Child
  let folder: string
  let url: string
  beforeAll(async () => {
    system = await startSystem()
    folder = mkdtempSync(join(tmpdir(), 'recto-prometheus-'))
    const [port, metricsPort] = [await freePort(), await freePort()]
    url = `http://127.0.0.1:${port}`
    const api = await system.startApi({ METRICS_PORT: String(metricsPort) })
    worker = await system.startWorker()
    const config = readFileSync(join(monitoring, 'prometheus.yml'), 'utf8')
      .replaceAll('15s', '1s')
      .replace('api:8789', `127.0.0.1:${metricsPort}`)
      .replace('worker:8788', new URL(worker.url).host)
    writeFileSync(join(folder, 'prometheus.yml'), config)
    copyFileSync(join(monitoring, 'recto.rules.yml'), join(folder, 'recto.rules.yml'))
    mkdirSync(join(folder, 'data'))
    prometheus = await startChild({
      name: 'prometheus',
      command: 'prometheus',
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      env: { PATH: process.env.PATH },
      logFile: join(folder, 'prometheus.log'),
    })
    const ready = async () => {
      if (!prometheus.alive()) throw new Error(logTail(prometheus.logFile))
      return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false
    }
    await until(ready, { what: 'the start of Prometheus', timeoutMs: 60_000 })
    const ana = await system.person(api)
    await ana.submit({ source_text: newText() })
    // A rate needs two scrapes of each process.
    const scraped = async () => {
      const both = await resultOf(
        'sum(rate(recto_overhead_seconds_count[1m])) and sum(rate(recto_submissions_total[1m]))',
      )
      const succeeded = await resultOf('sum(recto_overhead_seconds_count) > 0')
      return both.length > 0 && succeeded.length > 0
    }
    await until(scraped, { what: 'scrapes of a generation that succeeded', timeoutMs: 60_000 })
  })
  afterAll(async () => {
    if (prometheus) await stopChild(prometheus, 'SIGTERM', 5_000)
    await system?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const resultOf = async (query: string): Promise<unknown[]> => {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`)
    return Answer.parse(await answer.json(), { error: () => `the query ${query}` }).data.result
  }
  /** Without the age of the bundled catalog's prices, which is another one on each day. */
  const alertNames = async (): Promise<string[]> => {
    const { data } = Alerts.parse(await (await fetch(`${url}/api/v1/alerts`)).json())
    return data.alerts.map(({ labels }) => labels.alertname).filter((name) => name !== 'RectoPricesOld')
  }

  test('answers every query of the dashboard, with data for what has happened', async () => {
    const empty: string[] = []
    for (const { expr } of dashboardQueries) {
      const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h')
      if ((await resultOf(query)).length === 0) empty.push(expr)
    }
    const series = new Set(empty.flatMap((expr) => expr.match(/recto_\w+/g) ?? []))
    // What has not happened here has no series: jobs that did not succeed, decisions, streams, webhooks, settlements, alerts.
    expect([...series].toSorted()).toEqual([
      'recto_budget_alerts_total',
      'recto_calls_settled_total',
      'recto_event_streams_ended_total',
      'recto_events_sent_total',
      'recto_jobs_total',
      'recto_reviews_total',
      'recto_webhook_attempt_duration_seconds_bucket',
      'recto_webhook_attempts_total',
      'recto_webhook_deliveries_total',
      'recto_webhooks_disabled_total',
    ])
  })

  test('sees no alert while all is well, and that there is no worker after its end', async () => {
    await expect.poll(alertNames).toEqual([])
    await worker.stop()
    await until(async () => (await alertNames()).includes('RectoNoWorker'), {
      what: 'the alert about the worker',
      timeoutMs: 60_000,
    })
    expect((await alertNames()).toSorted()).toEqual(['RectoNoWorker', 'RectoProcessDown'])
  })
})
