import type { DueCard } from '@recto/shared/learning'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { previewsOf } from './schedule.ts'
import { countDue, type DueQuery, listDue } from './store.ts'

type Due = { data: DueCard[]; counts: { due: number; new: number } }

/** The cards that a person is to review now, each with what each rating would lead to, and how many there are. */
export const dueCards =
  (readAs: ReadAs) =>
  async (caller: Caller, query: DueQuery): Promise<Due> => {
    const [rows, counts] = await Promise.all([listDue(readAs, caller, query), countDue(readAs, caller, query.tag)])
    return {
      data: rows.map(({ at, card, schedule }) => ({ card, schedule, previews: previewsOf(schedule, at) })),
      counts,
    }
  }
