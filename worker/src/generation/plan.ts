import { findModel, type Model } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import { type PromptVersion, promptVersions } from '../flashcards/versions.ts'
import type { Run } from './run.ts'

export type Plan = { ok: true; model: Model; prompt: PromptVersion } | { ok: false; code: GenerationErrorCode }

/** Decides again at claim what was decided at submit: a direct insert was never asked, and a catalog changes while jobs wait. */
export const planRun = (run: Run): Plan => {
  const model = findModel(run.model)
  if (!model) return { ok: false, code: 'unknown_model' }
  const prompt = Object.hasOwn(promptVersions, run.promptVersion) ? promptVersions[run.promptVersion] : undefined
  if (!prompt) return { ok: false, code: 'unknown_prompt_version' }
  return { ok: true, model, prompt }
}
