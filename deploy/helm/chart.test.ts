import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1'
import { PodMonitor, PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import { Deployment } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Service } from 'kubernetes-models/v1'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { chart, type KubernetesObject, needed, startHelm } from './chart.ts'
import { unknownFields } from './unknown-fields.ts'
import { find, keyOf, objects, processes, read, whole, workload } from './whole-chart.ts'

const helm = startHelm()
afterAll(() => helm.stop())
const byDefault = helm.objects()

const models = {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  NetworkPolicy,
  PodDisruptionBudget,
  PodMonitor,
  PrometheusRule,
  ScaledObject,
  Service,
}
type Kind = keyof typeof models
const isKind = (kind: string): kind is Kind => kind in models
/** Throws where an object breaks the schema of its kind. */
const validate = (object: KubernetesObject): void => {
  if (!isKind(object.kind)) throw new Error(`no schema of ${object.kind}`)
  const Model: new (data: never) => { validate: () => void } = models[object.kind]
  new Model(object as never).validate()
}

describe('the chart', () => {
  test('passes the strict lint of Helm', () => {
    expect(helm.lint(whole)).toMatchObject({ status: 0 })
    expect(helm.lint()).toMatchObject({ status: 0 })
  })

  test('makes these objects, some of them only on wish', () => {
    const always = [
      ...['Deployment r-api', 'Deployment r-worker', 'HorizontalPodAutoscaler r-api', 'Ingress r-api', 'Job r-migrate'],
      ...['NetworkPolicy r-api', 'NetworkPolicy r-worker', 'PodDisruptionBudget r-api', 'PodDisruptionBudget r-worker'],
      'Service r-api',
    ]
    expect(byDefault.map(keyOf).toSorted()).toEqual(always)
    const optional = ['ConfigMap r-dashboard', 'PodMonitor r', 'PrometheusRule r', 'ScaledObject r-worker']
    expect(objects.map(keyOf).toSorted()).toEqual([...always, ...optional].toSorted())
    const least = { ...needed, ingress: { enabled: false }, networkPolicy: { enabled: false } }
    expect(helm.objects(least).map(keyOf)).toHaveLength(always.length - 3)
  })

  test('makes objects that are valid by the schemas of Kubernetes, KEDA and the Prometheus operator', () => {
    for (const object of [...objects, ...byDefault]) expect(() => validate(object), keyOf(object)).not.toThrow()
    expect(() => validate({ ...find('Deployment r-api'), spec: { replicas: 'two' } })).toThrow()
  })

  test('makes objects whose fields all exist in their kinds', () => {
    const folder = mkdtempSync(join(import.meta.dirname, 'typed-'))
    try {
      expect(unknownFields([...objects, ...byDefault], folder)).toBe('')
      const misspelt = { ...find('Service r-api'), spec: { ports: [{ port: 80, targetport: 1 }] } }
      expect(unknownFields([misspelt], folder)).toContain('targetport')
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 60_000)

  test('has the version of Recto', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')))
    expect(parse(read('deploy/helm/recto/Chart.yaml'))).toMatchObject({ version, appVersion: version })
  })
})

describe('scaling', () => {
  test('is left to the autoscalers, where there are some', () => {
    expect(workload('api').replicas).toBeUndefined()
    expect(workload('worker').replicas).toBeUndefined()
    expect(workload('worker', byDefault).replicas).toBe(2)
  })

  test('of workers asks for metrics that the processes have', () => {
    const Trigger = z.looseObject({ metadata: z.looseObject({ query: z.string() }) })
    const { spec } = z
      .looseObject({ spec: z.looseObject({ triggers: z.array(Trigger) }) })
      .parse(find('ScaledObject r-worker'))
    const queries = spec.triggers.map(({ metadata }) => metadata.query)
    expect(queries).toEqual([
      'sum(max by (band) (recto_queue_depth{namespace="recto"})) + (sum(recto_worker_running{namespace="recto"}) or vector(0))',
      'max(recto_queue_age_seconds{namespace="recto"})',
    ])
    for (const name of queries.join(' ').match(/recto_\w+/g) ?? [])
      expect(read('docs/operations.md')).toContain(`\`${name}\``)
  })
})

test('monitoring has the rules and the dashboard of deploy/monitoring', () => {
  const { groups } = z.object({ groups: z.unknown() }).parse(parse(read('deploy/monitoring/recto.rules.yml')))
  expect(find('PrometheusRule r')).toMatchObject({ spec: { groups } })
  const { data } = z.looseObject({ data: z.object({ 'recto.json': z.string() }) }).parse(find('ConfigMap r-dashboard'))
  expect(JSON.parse(data['recto.json'])).toEqual(JSON.parse(read('deploy/monitoring/grafana-dashboard.json')))
})

describe('values', () => {
  test.each([
    ['a misspelt variable', { ...needed, worker: { env: { WORKER_SLOT: '5' } } }, 'WORKER_SLOT'],
    ['`off`, which YAML takes for a boolean', { ...needed, env: { PREPARE: false } }, 'PREPARE'],
    ['an Ingress without a host', { ...needed, ingress: {} }, 'host'],
    ['KEDA without Prometheus', { ...needed, worker: { keda: { enabled: true } } }, 'prometheus'],
    ['no project', {}, 'SUPABASE_URL'],
  ])('are refused: %s', (_, values, word) => {
    const { status, stderr } = helm.template(values)
    expect(status).not.toBe(0)
    expect(stderr).toContain(word)
  })

  test('and Secrets take every variable of the processes in docs/configuration.md', () => {
    const Env = z.looseObject({ properties: z.looseObject({}) })
    const Properties = z.object({
      properties: z.looseObject({ env: Env, ...Object.fromEntries(processes.map((name) => [name, z.unknown()])) }),
    })
    const schema = Properties.parse(JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8'))).properties
    const Part = z.looseObject({ properties: z.looseObject({ env: Env }) })
    const plain = (process: string) => Object.keys(Part.parse(schema[process]).properties.env.properties)
    const shared = Object.keys(schema.env.properties)
    const page = read('docs/deploy-kubernetes.md')
    const cells = (process: string) => page.match(new RegExp(`^\\| \`recto-${process}\` \\|.*$`, 'gm')) ?? []
    const secret = (process: string) =>
      cells(process)
        .join()
        .match(/\b[A-Z]+_[A-Z_]+\b/g) ?? []
    // What the image or the chart sets, and what is for other ways to run a process.
    const elsewhere =
      /^(HOST|PORT|METRICS_PORT|WORKER_PORT|SHUTDOWN_DEADLINE_SECONDS|RECTO_LOCAL_SIGN_IN|RECTO_STUB|WORKER_ONCE|WORKER_ONCE_SECONDS|\w+_BASE_URL|SCW_DEFAULT_PROJECT_ID)$/
    const rows = [...read('docs/configuration.md').matchAll(/^\| `(\w+)` \| ([a-z, ]+) \|/gm)]
    for (const process of processes) {
      const documented = rows.filter(([, , by = '']) => by.split(', ').includes(process)).map(([, name = '']) => name)
      const given = [...plain(process), ...secret(process), ...(process === 'migrate' ? [] : shared)]
      expect(given.toSorted(), process).toEqual(documented.filter((name) => !elsewhere.test(name)).toSorted())
    }
  })
})
