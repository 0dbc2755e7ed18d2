import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { needed, startHelm } from './chart.ts'
import { containerOf, find, processes, read, workload } from './whole-chart.ts'

const helm = startHelm()
afterAll(() => helm.stop())

describe('pods', () => {
  test.each(processes)('of %s have no rights and a root that cannot be changed', (process) => {
    const { spec } = workload(process).template
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(containerOf(process).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test.each(processes)('of %s run the image of this target, with the Secret of this process alone', (process) => {
    expect(read('deploy/Dockerfile')).toContain(`\nFROM base AS ${process}\n`)
    const { image, envFrom } = containerOf(process)
    expect(image).toBe(`ghcr.io/owner/recto-${process}:0.1.0`)
    expect(envFrom).toEqual([{ secretRef: { name: `recto-${process}` } }])
  })

  test.each(['api', 'worker'])(
    'of %s are replaced without fewer of them, and are asked what its process answers',
    (process) => {
      expect(workload(process)).toMatchObject({ strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } })
      const container = containerOf(process)
      const routes = read(process === 'api' ? 'api/src/health/routes.ts' : 'worker/src/health.ts')
      const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe]
      expect(probes.map((one) => one?.httpGet.path)).toEqual(['/readyz', '/readyz', '/livez'])
      for (const one of probes) {
        expect(routes).toContain(`.get('${one?.httpGet.path}'`)
        const port = container.ports?.find(({ name }) => name === one?.httpGet.port)
        const variable = process === 'api' ? 'PORT' : 'WORKER_PORT'
        expect(read('deploy/Dockerfile')).toContain(`ENV ${variable}=${port?.containerPort}\n`)
      }
    },
  )

  test('have more time to stop than the processes take', () => {
    const values = { ...needed, shutdownDeadlineSeconds: 40 }
    const slow = helm.objects(values)
    for (const process of ['api', 'worker']) {
      expect(containerOf(process, slow).env).toContainEqual({ name: 'SHUTDOWN_DEADLINE_SECONDS', value: '40' })
      expect(workload(process, slow).template.spec.terminationGracePeriodSeconds).toBe(60)
    }
  })

  test('of the migration run before an installation and an upgrade', () => {
    expect(find('Job r-migrate').metadata).toMatchObject({
      annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' },
    })
  })

  test('are found by whatever selects them', () => {
    const labelsOf = (process: string) => workload(process).template.metadata.labels
    const Selecting = z.looseObject({
      spec: z.looseObject({ selector: z.unknown().optional(), podSelector: z.unknown().optional() }),
    })
    for (const process of ['api', 'worker']) {
      const selected = { 'app.kubernetes.io/name': `recto-${process}`, 'app.kubernetes.io/instance': 'r' }
      expect(labelsOf(process)).toMatchObject(selected)
      expect(find(`Deployment r-${process}`)).toMatchObject({ spec: { selector: { matchLabels: selected } } })
      const budget = Selecting.parse(find(`PodDisruptionBudget r-${process}`)).spec
      expect(budget.selector).toEqual({ matchLabels: selected })
      const policy = Selecting.parse(find(`NetworkPolicy r-${process}`)).spec
      expect(policy.podSelector).toEqual({ matchLabels: selected })
      // The name of the job, which the rules ask for.
      expect(read('deploy/monitoring/prometheus.yml')).toContain(
        `job_name: ${labelsOf(process)['app.kubernetes.io/name']}\n`,
      )
    }
    expect(Selecting.parse(find('Service r-api')).spec.selector).toEqual({
      'app.kubernetes.io/name': 'recto-api',
      'app.kubernetes.io/instance': 'r',
    })
    expect(find('PodMonitor r')).toMatchObject({ spec: { jobLabel: 'app.kubernetes.io/name' } })
  })
})
