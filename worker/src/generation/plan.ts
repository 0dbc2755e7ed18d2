import { type Catalog, type DataResidency, findModels, strictest } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import { type PromptVersion, promptVersions } from '../flashcards/versions.ts'
import type { Run } from './run.ts'

export type PlanDeps = {
  catalog: Catalog
  /** Of the deployment. */
  residency: DataResidency
  /** Whether texts are scrubbed for every account. */
  scrub: boolean
}

/** `models` are ids of the catalog, in the order in which they are tried. */
export type Planned = { ok: true; models: string[]; prompt: PromptVersion; residency: DataResidency; scrub: boolean }

export type Plan = Planned | { ok: false; code: GenerationErrorCode }

/** Decides again at claim what was decided at submit: a direct insert was never asked, and a catalog changes while jobs wait. */
export const planRun = ({ catalog, residency, scrub }: PlanDeps, run: Run): Plan => {
  const models = findModels(catalog, run.model).map(({ id }) => id)
  if (models.length === 0) return { ok: false, code: 'unknown_model' }
  const prompt = Object.hasOwn(promptVersions, run.promptVersion) ? promptVersions[run.promptVersion] : undefined
  if (!prompt) return { ok: false, code: 'unknown_prompt_version' }
  return {
    ok: true,
    models,
    prompt,
    residency: strictest(residency, run.dataResidency, run.account.dataResidency),
    scrub: scrub || run.account.scrub,
  }
}
