import type { DataResidency } from '@recto/shared/catalog'
import type { Options } from '@recto/shared/generation'

/** What holds for an account when its generation is claimed. `allowedModels`: names of requests; null for all. */
export type AccountPolicy = {
  dataResidency: DataResidency
  scrub: boolean
  allowedModels: string[] | null
  overBudget: 'fail' | 'wait'
  /** Most of the month's budget is spent: the cheapest model is asked. */
  throttled: boolean
}

/** A generation that this worker has claimed. `attempt` is the fence: every later write holds only while it is the newest claim. */
export type Run = {
  id: string
  userId: string
  accountId: string
  requestId: string | null
  sourceText: string
  model: string
  promptVersion: string
  options: Options
  /** As the request asked. */
  dataResidency: DataResidency
  accountPolicy: AccountPolicy
  attempt: number
  /** Between its creation and this claim, by the database's clock. */
  waitedMs: number
}
