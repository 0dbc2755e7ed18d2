import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type KubernetesObject, needed, startHelm } from './chart.ts'

const root = join(import.meta.dirname, '..', '..')
export const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Everything that the chart can make. */
export const whole = {
  ...needed,
  files: 'recto-files',
  images: { prefix: 'ghcr.io/owner/', pullSecrets: ['registry'] },
  env: { LOG_LEVEL: 'debug' },
  worker: {
    env: { WORKER_SLOTS: '20' },
    keda: { enabled: true, prometheus: 'http://prometheus.monitoring.svc:9090' },
  },
  migrate: { env: { RECTO_LIMITS: '/etc/recto/limits.json' } },
  monitoring: { enabled: true, labels: { release: 'prometheus' } },
}
const helm = startHelm()
/** What the chart makes of all values. */
export const objects = helm.objects(whole)
helm.stop()

export const keyOf = ({ kind, metadata }: KubernetesObject) => `${kind} ${metadata.name}`
export const find = (key: string, among = objects): KubernetesObject => {
  const found = among.find((object) => keyOf(object) === key)
  if (!found) throw new Error(`no ${key}`)
  return found
}

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) })
const Pod = z.looseObject({
  automountServiceAccountToken: z.boolean(),
  securityContext: z.unknown(),
  terminationGracePeriodSeconds: z.number().optional(),
  containers: z.tuple([
    z.looseObject({
      name: z.string(),
      image: z.string(),
      securityContext: z.unknown(),
      env: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
      envFrom: z.unknown(),
      ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).optional(),
      startupProbe: probe.optional(),
      readinessProbe: probe.optional(),
      livenessProbe: probe.optional(),
    }),
  ]),
})
const Workload = z.looseObject({
  spec: z.looseObject({
    replicas: z.number().optional(),
    template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }), spec: Pod }),
  }),
})
export const workload = (process: string, among = objects) =>
  Workload.parse(find(process === 'migrate' ? 'Job r-migrate' : `Deployment r-${process}`, among)).spec
export const processes = ['api', 'worker', 'migrate']
export const containerOf = (process: string, among = objects) => workload(process, among).template.spec.containers[0]
