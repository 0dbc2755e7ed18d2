import { z } from 'zod'
import { acceptanceOf, OutcomeRow } from '../../api/src/usage/acceptance.ts'
import { asPerson } from './as-person.ts'
import { seedReviews, varyOutcomes } from './outcomes.ts'
import type { TestPerson } from './person.ts'
import type { System } from './system.ts'
import { rollUpUsage } from './usage.ts'
import { seedDay } from './usage-days.ts'

type Person = Pick<TestPerson, 'id'>
type By = 'prompt_version' | 'language' | 'flag'
type Asked = { account?: string; from: string; to?: string; by?: By }

/** What tests of acceptance do: add generations with outcomes, roll usage up, and ask for the counts as a person. */
export const createAcceptance = (system: System) => {
  const worker = system.workerPool(1)
  const answer = ({ id }: Person, { account = id, from, to = from, by = 'flag' }: Asked) =>
    asPerson(system.supabase.adminUrl, id, async (client) => {
      const { rows } = await client.query('select * from recto.acceptance($1, $2, $3, $4)', [account, from, to, by])
      return acceptanceOf(z.array(OutcomeRow).parse(rows), by)
    })

  return {
    answer,
    /** The total of flashcards, or of another kind; undefined when nothing of the kind was proposed. */
    totalOf: async (person: Person, asked: Asked, kind = 'flashcards') =>
      (await answer(person, asked))?.totals.find((total) => total.kind === kind),
    rollUp: () => rollUpUsage(worker),
    /** Adds generations whose suggestions, and code reviews whose findings, have all outcomes to a day. Returns their ids. */
    seed: async (person: Person, day: string, { account = person.id, count = 25 } = {}): Promise<string[]> => {
      const ids = await seedDay(system.admin, { person: person.id, account, day, count })
      await varyOutcomes(system.admin, ids)
      return [...ids, ...(await seedReviews(system.admin, { person: person.id, account, day, count: 4 }))]
    },
  }
}
