import type { ApiPerson, ApiSystem } from './api-system.ts'

/** How many generations, jobs and admissions a person has. */
export const countStored = async ({ system }: ApiSystem, person: ApiPerson) => {
  const { rows } = await system.admin.query(
    `select count(*)::int as generations, count(j.id)::int as jobs,
       (select count(*)::int from recto.admissions where account_id = $1) as admissions
     from public.ai_generations g left join pgboss.job j on j.id = g.id where g.user_id = $1`,
    [person.id],
  )
  return rows[0]
}
