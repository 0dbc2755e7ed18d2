import { type Catalog, type DataResidency, findModels, strictest } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import { type PromptVersion, promptVersions } from '../kinds/flashcards/versions.ts'
import type { Run } from './run.ts'

export type PlanDeps = {
  catalog: Catalog
  /** Of the deployment. */
  residency: DataResidency
  /** Whether texts are scrubbed for every account. */
  scrub: boolean
}

/** `models` are ids of the catalog, in the order in which they are tried. */
export type Planned = {
  ok: true
  models: string[]
  prompt: PromptVersion
  residency: DataResidency
  scrub: boolean
  throttled: boolean
}

export type Plan = Planned | { ok: false; code: GenerationErrorCode }

/** Ids of every model that an account may have, by whatever name. */
const allModels = (catalog: Catalog, allowed: readonly string[] | null): string[] => {
  const models = allowed ? allowed.flatMap((name) => findModels(catalog, name)) : catalog.models
  return [...new Set(models.map(({ id }) => id))]
}

/** Decides again at claim what was decided at submit: a direct insert was never asked, and a catalog changes while jobs wait. */
export const planRun = ({ catalog, residency, scrub }: PlanDeps, run: Run): Plan => {
  const { accountPolicy } = run
  const asked = findModels(catalog, run.model).map(({ id }) => id)
  if (asked.length === 0) return { ok: false, code: 'unknown_model' }
  if (accountPolicy.allowedModels && !accountPolicy.allowedModels.includes(run.model))
    return { ok: false, code: 'model_not_allowed' }
  const prompt = Object.hasOwn(promptVersions, run.promptVersion) ? promptVersions[run.promptVersion] : undefined
  if (!prompt) return { ok: false, code: 'unknown_prompt_version' }
  return {
    ok: true,
    models: accountPolicy.throttled ? allModels(catalog, accountPolicy.allowedModels) : asked,
    prompt,
    residency: strictest(residency, run.dataResidency, accountPolicy.dataResidency),
    scrub: scrub || accountPolicy.scrub,
    throttled: accountPolicy.throttled,
  }
}
