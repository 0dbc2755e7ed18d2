import { asPerson } from './as-person.ts'
import type { System } from './system.ts'

type Role = 'owner' | 'admin' | 'member'

/** Calls a database function as a person and commits. Rejects with pg's DatabaseError. */
export const call = async (
  { supabase }: Pick<System, 'supabase'>,
  personId: string,
  text: string,
  values: unknown[] = [],
): Promise<unknown> =>
  asPerson(
    supabase.adminUrl,
    personId,
    async (client) => (await client.query({ text: `select ${text}`, values, rowMode: 'array' })).rows[0]?.[0],
    { commit: true },
  )

/** Creates a team by the functions that its owner would call. Returns its id. */
export const createTeam = async (
  system: Pick<System, 'supabase'>,
  ownerId: string,
  members: [id: string, role: Role][] = [],
  { shares = false } = {},
): Promise<string> => {
  const team = String(await call(system, ownerId, `public.create_team('Night class')`))
  for (const [id, role] of members) await call(system, ownerId, 'public.set_member($1, $2, $3)', [team, id, role])
  if (shares) await call(system, ownerId, 'public.change_team($1, null, true)', [team])
  return team
}
