import type { DueCard } from '@recto/shared/learning'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { previewsOf } from './schedule.ts'
import { type DueQuery, listDue } from './store.ts'

/** The cards that a person is to review now, each with what each rating would lead to. */
export const dueCards =
  (readAs: ReadAs) =>
  async (caller: Caller, query: DueQuery): Promise<DueCard[]> => {
    const rows = await listDue(readAs, caller, query)
    return rows.map(({ at, card, schedule }) => ({ card, schedule, previews: previewsOf(schedule, at) }))
  }
