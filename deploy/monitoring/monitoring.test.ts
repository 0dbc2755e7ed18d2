import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { dashboardQueries, grafanaDashboard } from './grafana-dashboard.ts'
import { allMetrics, ownMetrics } from './own-metrics.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8')
const Rule = z.union([
  z.strictObject({ record: z.string(), expr: z.string() }),
  z.strictObject({
    alert: z.string(),
    expr: z.string(),
    for: z.string().optional(),
    labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
    annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
  }),
])
const Rules = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(Rule) })) })
const rules = Rules.parse(parse(read('recto.rules.yml'))).groups.flatMap((group) => group.rules)
const alerts = rules.flatMap((rule) => ('alert' in rule ? [rule] : []))
const recorded = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))

/** The series of a metric, as queries name them. */
const seriesOf = ({ name, type }: { name: string; type: string }): string[] =>
  type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`) : [name]
const metricOf = new Map(allMetrics.flatMap((metric) => seriesOf(metric).map((series) => [series, metric] as const)))

/** What Prometheus adds to each series. */
const added = ['job', 'instance']
const words = (text: string): string[] => text.match(/\w+/g) ?? []

/** The series that a query names, each with the labels that its matchers have. */
const selectorsOf = (expr: string) =>
  [...expr.matchAll(/\b((?:recto|nodejs|process)_\w+|up\b)(?:\{([^}]*)\})?/g)].map(
    ([, series = '', matchers = '']) => ({
      series,
      labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    }),
  )
const labelsOf = (series: string): string[] => {
  const labels = metricOf.get(series)?.labels ?? []
  return [...labels, ...added, ...(series.endsWith('_bucket') ? ['le'] : [])]
}
/** The labels that a query sums or joins by. */
const groupingsOf = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)].flatMap(([, labels = '']) => words(labels))

/** The labels that the summed series have, where a query sums. Those that it joins by take none away. */
const keptOf = (expr: string): string[] => {
  const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => words(labels))
  return kept.length > 0 ? kept : selectorsOf(expr).flatMap(({ series }) => labelsOf(series))
}

const expressions = [...dashboardQueries.map(({ expr }) => expr), ...rules.map(({ expr }) => expr)]

describe('every query of the dashboard and the rules', () => {
  test('names series that a process has', () => {
    const unknown = expressions.flatMap(selectorsOf).filter(({ series }) => series !== 'up' && !metricOf.has(series))
    expect(unknown).toEqual([])
    const named = expressions.flatMap((expr) => expr.match(/recto:\w+:\w+/g) ?? [])
    expect([...new Set(named)].toSorted()).toEqual(recorded.toSorted())
  })

  test.each(expressions.map((expr) => [expr]))('has labels that its series have: %s', (expr) => {
    const selectors = selectorsOf(expr)
    for (const { series, labels } of selectors) expect(labelsOf(series), series).toEqual(expect.arrayContaining(labels))
    const all = selectors.flatMap(({ series }) => labelsOf(series))
    expect(all).toEqual(expect.arrayContaining(groupingsOf(expr)))
  })

  test('finds a label and a series that do not exist', () => {
    const [wrong] = selectorsOf('sum by (user) (recto_jobs_total{outcom="failed"})')
    expect(wrong).toEqual({ series: 'recto_jobs_total', labels: ['outcom'] })
    expect(labelsOf('recto_jobs_total')).not.toContain('outcom')
    expect(groupingsOf('sum by (user) (recto_jobs_total)')).toEqual(['user'])
    expect(metricOf.has('recto_nothing_total')).toBe(false)
  })
})

describe('the dashboard', () => {
  test('is what grafana-dashboard.ts makes', () => {
    expect(JSON.parse(read('grafana-dashboard.json'))).toEqual(JSON.parse(grafanaDashboard))
  })

  test('shows every metric of Recto', () => {
    const shown = dashboardQueries
      .flatMap(({ expr }) => selectorsOf(expr))
      .map(({ series }) => metricOf.get(series)?.name)
    expect(ownMetrics.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([])
  })

  test('has legends of labels that stay after the query', () => {
    for (const { expr, legend } of dashboardQueries) {
      const used = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      expect(keptOf(expr), expr).toEqual(expect.arrayContaining(used))
    }
  })
})

describe('the alerts', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'monitoring.md'), 'utf8')
  const runbooks = [...page.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name)

  test('have a runbook each in docs/monitoring.md, which has no other', () => {
    expect([...new Set(alerts.map(({ alert }) => alert))].toSorted()).toEqual(runbooks.toSorted())
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook).toBe(`docs/monitoring.md#${alert.toLowerCase()}`)
  })

  test('have summaries of labels that stay after the query', () => {
    for (const { expr, annotations } of alerts) {
      const used = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label)
      expect(keptOf(expr), expr).toEqual(expect.arrayContaining(used))
    }
  })

  test('are each tested by promtool, to fire and to be silent', () => {
    const Tests = z.object({
      tests: z.array(
        z.looseObject({
          alert_rule_test: z.array(z.looseObject({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
        }),
      ),
    })
    const { tests } = Tests.parse(parse(read('recto.rules.test.yml')))
    const asserted = tests.flatMap((one) => one.alert_rule_test)
    const namesOf = (fires: boolean) => [
      ...new Set(asserted.flatMap(({ alertname, exp_alerts }) => (exp_alerts.length > 0 === fires ? [alertname] : []))),
    ]
    expect(namesOf(true).toSorted()).toEqual(runbooks.toSorted())
    expect(namesOf(false).toSorted()).toEqual(runbooks.toSorted())
  })
})
