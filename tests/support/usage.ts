import type pg from 'pg'
import { z } from 'zod'
import { UsageRow, usageOf } from '../../api/src/usage/shape.ts'
import { asPerson } from './as-person.ts'
import type { TestPerson } from './person.ts'
import { type PlainUsage, plainUsage } from './plain-usage.ts'
import type { System } from './system.ts'

const Sums = z.record(z.string(), z.unknown())
const Usage = z.object({ data: z.array(Sums), total: Sums, forecast: Sums })
type Usage = z.infer<typeof Usage>

type Person = Pick<TestPerson, 'id'>
type Asked = { account?: string; from: string; to?: string; by?: 'day' | 'model' | 'kind' | 'person' }

/** Rolls usage up as the worker does, until nothing is left to do. */
export const rollUpUsage = async (worker: pg.Pool): Promise<void> => {
  const { rows } = await worker.query<{ worked: boolean }>('select recto.roll_up_usage() as worked')
  if (rows[0]?.worked) await rollUpUsage(worker)
}

/** What tests of usage do: ask for it as a person, count it from the tables alone, and roll it up. */
export const createUsage = ({ supabase, admin, workerPool }: System) => {
  const worker = workerPool(2)
  const answer = ({ id }: Person, { account = id, from, to = from, by = 'day' }: Asked) =>
    asPerson(supabase.adminUrl, id, async (client) => {
      const { rows } = await client.query('select * from recto.usage($1, $2, $3, $4)', [account, from, to, by])
      return usageOf(z.array(UsageRow).parse(rows), by) ?? null
    })
  return {
    /** Null for who may not read the usage of the account. */
    answer,
    of: async (person: Person, asked: Asked): Promise<Usage> => Usage.parse(await answer(person, asked)),
    plain: (account: string, from: string, to = from, person: string | null = null): Promise<PlainUsage> =>
      plainUsage(admin, account, from, to, person),
    rollUp: () => rollUpUsage(worker),
    worker,
  }
}
