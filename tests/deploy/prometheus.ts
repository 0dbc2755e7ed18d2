import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '@recto/local/home'
import { freePort } from '@recto/local/ports'
import { childReady, startChild, stopChild } from '@recto/local/processes'
import { parse } from 'yaml'
import { z } from 'zod'

export const monitoring = join(projectRoot, 'deploy', 'monitoring')

/** Where metrics are, as `host:port`. */
export type Targets = { apis: string[]; workers: string[] }

const Answer = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()) }) })
const Labels = z.looseObject({ alertname: z.string(), severity: z.string() })
const Alerts = z.object({ data: z.object({ alerts: z.array(z.object({ labels: Labels, state: z.string() })) }) })

const Step = z.tuple([z.number(), z.string()])
const AlertLabels = z.looseObject({ alertname: z.string(), severity: z.string(), alertstate: z.string() })
const History = z.object({
  data: z.object({ result: z.array(z.object({ metric: AlertLabels, values: z.array(Step) })) }),
})

/** An alert, as `<name> <severity>`, from when what it is about began until it ended (epoch seconds). */
export type Firing = { alert: string; began: number; fired: number; ended: number }

const STEP_S = 1

/** When each alert fired, from the steps of its series. Those that were only about to are left out. */
const firingsOf = (result: z.infer<typeof History>['data']['result']): Firing[] => {
  const steps = result.flatMap(({ metric: { alertstate, ...labels }, values }) =>
    values.map(([at]) => ({ at, labels, fires: alertstate === 'firing' })),
  )
  return [...Map.groupBy(steps, ({ labels }) => JSON.stringify(labels)).values()].flatMap((ofOne) => {
    const firings: Firing[] = []
    let [began, last] = [0, 0]
    for (const { at, labels, fires } of ofOne.toSorted((a, b) => a.at - b.at)) {
      if (at - last > STEP_S) began = at
      last = at
      const current = firings.at(-1)
      if (current?.began === began) current.ended = at
      else if (fires) firings.push({ alert: `${labels.alertname} ${labels.severity}`, began, fired: at, ended: at })
    }
    return firings
  })
}

/** Whether Debian's Prometheus is installed. */
export const hasPrometheus = (): boolean => spawnSync('prometheus', ['--version']).status === 0

const read = (name: string) => readFileSync(join(monitoring, name), 'utf8')

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(z.object({ alert: z.string().optional(), labels: z.object({ severity: z.string() }).optional() })),
    }),
  ),
})

/** The alerts of the rules in order, each once, as `<name> <severity>`. */
export const alertsOfRules = (): string[] => {
  const rules = Rules.parse(parse(read('recto.rules.yml'))).groups.flatMap((group) => group.rules)
  return [...new Set(rules.flatMap(({ alert, labels }) => (alert ? [`${alert} ${labels?.severity}`] : [])))].toSorted()
}

const secondsOf = { m: 1, h: 60, d: 1_440 }

/** The rules with a second for each minute of their ranges and waits. What they compare with stays as it is. */
const hurried = (rules: string): string =>
  rules.replaceAll(/(\[|for: )(\d+)([mhd])/g, (_, before: string, count: string, unit: keyof typeof secondsOf) => {
    return `${before}${Number(count) * secondsOf[unit]}s`
  })

/**
 * Starts Debian's Prometheus with Recto's configuration and rules. `hurry`: a minute of the rules takes a second. It
 * scrapes every two seconds, because an answer may take one, which is when the database does not answer.
 */
export const startPrometheus = async (targets: Targets, { hurry = false } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-prometheus-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const rules = read('recto.rules.yml')
  writeFileSync(join(folder, 'recto.rules.yml'), hurry ? hurried(rules) : rules)
  mkdirSync(join(folder, 'data'))
  const config = read('prometheus.yml')
    .replaceAll('15s', '2s')
    .replace('["api:8789"]', JSON.stringify(targets.apis))
    .replace('["worker:8788"]', JSON.stringify(targets.workers))
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const child = await startChild({
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
  // A run that is interrupted leaves no process behind.
  const endNow = () => child.kill('SIGKILL')
  process.once('exit', endNow)
  await childReady(child, {
    title: 'Prometheus',
    isReady: async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false,
    timeoutMs: 60_000,
  })

  return {
    resultOf: async (query: string): Promise<unknown[]> => {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`)
      return Answer.parse(await answer.json(), { error: () => `the query ${query}` }).data.result
    },
    /** The alerts that fire or are about to, each once, as `<name> <severity>`. */
    alerts: async (state?: 'firing'): Promise<string[]> => {
      const { data } = Alerts.parse(await (await fetch(`${url}/api/v1/alerts`)).json())
      const shown = data.alerts.filter((alert) => state === undefined || alert.state === state)
      return [...new Set(shown.map(({ labels }) => `${labels.alertname} ${labels.severity}`))].toSorted()
    },
    /** Every time at which an alert fired since `start` (epoch seconds), in order. */
    firingsSince: async (start: number): Promise<Firing[]> => {
      const range = { query: 'ALERTS', start: `${Math.ceil(start)}`, end: `${Date.now() / 1000}`, step: `${STEP_S}` }
      const answer = await fetch(`${url}/api/v1/query_range?${new URLSearchParams(range)}`)
      return firingsOf(History.parse(await answer.json()).data.result).toSorted((a, b) => a.fired - b.fired)
    },
    stop: async (): Promise<void> => {
      process.off('exit', endNow)
      await stopChild(child, 'SIGTERM', 5_000)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Prometheus = Awaited<ReturnType<typeof startPrometheus>>
