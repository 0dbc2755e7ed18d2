import type { DataResidency } from '@recto/shared/catalog'
import type { Options } from '@recto/shared/generation'

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
  /** As the request asked, and as its account has it set. */
  dataResidency: DataResidency
  account: { dataResidency: DataResidency; scrub: boolean }
  attempt: number
  /** Between its creation and this claim, by the database's clock. */
  waitedMs: number
}
