import { type Catalog, type DataResidency, findModels, strictest } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import type { AnyKind, Work } from '../kinds/kind.ts'
import type { Run } from './run.ts'

export type PlanDeps = {
  catalog: Catalog
  /** Undefined for an id that is no kind. */
  findKind(id: string): AnyKind | undefined
  /** The deployment's residency. */
  residency: DataResidency
  /** Whether texts are scrubbed for every account. */
  scrub: boolean
}

/** `models` are ids of the catalog, in the order in which they are tried. */
export type Planned = {
  ok: true
  kind: AnyKind
  work: Work
  models: string[]
  residency: DataResidency
  scrub: boolean
  throttled: boolean
}

export type Plan = Planned | { ok: false; code: GenerationErrorCode }

/** Ids of every model that an account may use, by whatever name. */
const allModels = (catalog: Catalog, allowed: readonly string[] | null): string[] => {
  const models = allowed ? allowed.flatMap((name) => findModels(catalog, name)) : catalog.models
  return [...new Set(models.map(({ id }) => id))]
}

/**
 * Decides again at claim what was decided at submission: a direct insert never passed the API, and plans and the catalog
 * change while jobs wait.
 */
export const planRun = ({ catalog, findKind, residency, scrub }: PlanDeps, run: Run): Plan => {
  const { accountPolicy } = run
  const kind = findKind(run.kind)
  if (!kind) return { ok: false, code: 'unknown_kind' }
  if (accountPolicy.allowedKinds && !accountPolicy.allowedKinds.includes(run.kind))
    return { ok: false, code: 'kind_not_allowed' }
  const asked = findModels(catalog, run.model).map(({ id }) => id)
  if (asked.length === 0) return { ok: false, code: 'unknown_model' }
  if (accountPolicy.allowedModels && !accountPolicy.allowedModels.includes(run.model))
    return { ok: false, code: 'model_not_allowed' }
  const prepared = kind.prepare(run)
  if (!prepared.ok) return prepared
  return {
    ok: true,
    kind,
    work: prepared.work,
    models: accountPolicy.throttled ? allModels(catalog, accountPolicy.allowedModels) : asked,
    residency: strictest(residency, run.dataResidency, accountPolicy.dataResidency),
    scrub: scrub || accountPolicy.scrub,
    throttled: accountPolicy.throttled,
  }
}
