import { setTimeout as delay } from 'node:timers/promises'
import type { Cell } from './cells.ts'
import { write } from './directory.ts'
import { findGroup } from './group.ts'
import { waitForWriters } from './guard.ts'

const LOOK_MS = 500

/** What has to end before an account can move: a worker of this cell, or a person, is about to write more. */
const unfinished = `
  select 'generations' as what, count(*)::int as count from public.ai_generations where account_id = any ($1) and finished_at is null
  union all select 'calls whose cost is not known', count(*) from public.ai_calls where settle_after is not null and account_id = any ($1)
  union all select 'connection checks', count(*) from recto.connection_checks
    where account_id = any ($1) and status <> 'done'
  union all select 'erasures', count(*) from recto.erasures where person = any ($1)`

const findUnfinished = async ({ db }: Cell, group: string[]): Promise<string> => {
  const { rows } = await db.query<{ what: string; count: number }>(unfinished, [group])
  return rows
    .filter(({ count }) => Number(count) > 0)
    .map(({ what, count }) => `${count} ${what}`)
    .join(', ')
}

type CloseInput = { account: string; moveId: string; group: string[]; to: string; deadline: number }

/**
 * Waits until nothing of a group is under way, and from then on lets nobody write a row of it in this cell.
 * @throws Error at the deadline, or when the group is not the same any more
 */
export const close = async (cell: Cell, { account, moveId, group, to, deadline }: CloseInput): Promise<void> => {
  const set = (closed: boolean) => write(cell, { group, cell: cell.name, movingTo: to, moveId, closed })
  while (true) {
    let left = await findUnfinished(cell, group)
    if (left === '') {
      await set(true)
      await waitForWriters(cell, deadline)
      const now = await findGroup(cell, account)
      if (now.join() !== group.join()) throw new Error('other people have come or gone meanwhile: move it once more')
      left = await findUnfinished(cell, group)
      if (left === '') return
    }
    // What is under way ends only where it may be written.
    await set(false)
    if (Date.now() > deadline)
      throw new Error(`not over in time: ${left}. It stays in ${cell.name}: run this again, or with more --seconds`)
    await delay(LOOK_MS)
  }
}
