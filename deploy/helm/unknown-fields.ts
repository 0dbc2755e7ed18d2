import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubernetesObject } from './chart.ts'

/** Where each kind has its type. */
const packageOf = (apiVersion: string): string => {
  if (apiVersion.startsWith('keda.sh/')) return `@kubernetes-models/keda/${apiVersion}`
  if (apiVersion.startsWith('monitoring.coreos.com/')) return `@kubernetes-models/prometheus-operator/${apiVersion}`
  return `kubernetes-models/${apiVersion}`
}

/**
 * Says which fields of objects do not exist in their kinds: the schemas of Kubernetes let them pass, the types do not.
 * The folder is one from which packages are found.
 */
export const unknownFields = (objects: readonly KubernetesObject[], folder: string): string => {
  const lines = objects.map(
    (object, index) =>
      `import type { I${object.kind} as Kind${index} } from '${packageOf(object.apiVersion)}'\n` +
      `export const object${index} = ${JSON.stringify(object)} satisfies Kind${index}\n`,
  )
  writeFileSync(join(folder, 'objects.ts'), lines.join(''))
  const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true, types: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['objects.ts'] }))
  return spawnSync('tsc', ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' }).stdout
}
