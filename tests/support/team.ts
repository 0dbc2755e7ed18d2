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

/** Makes a person a member of a team: somebody of the team invites, and the person accepts. */
export const addMember = async (
  system: Pick<System, 'supabase'>,
  inviterId: string,
  team: string,
  [personId, role]: [id: string, role: Role],
): Promise<void> => {
  await call(system, inviterId, 'public.invite_member($1, $2, $3)', [team, personId, role])
  await call(system, personId, 'public.accept_invitation($1)', [team])
}

/** Creates a team by the functions that its owner and its members would call. Returns its id. */
export const createTeam = async (
  system: Pick<System, 'supabase'>,
  ownerId: string,
  members: [id: string, role: Role][] = [],
  { shares = false } = {},
): Promise<string> => {
  const team = String(await call(system, ownerId, `public.create_team('Night class')`))
  for (const member of members) await addMember(system, ownerId, team, member)
  if (shares) await call(system, ownerId, 'public.change_team($1, null, true)', [team])
  return team
}

/** A person of each role in a team to come, and one outside of it. */
export const personOfEachRole = async <Person>(newPerson: () => Promise<Person>) => ({
  owner: await newPerson(),
  admin: await newPerson(),
  member: await newPerson(),
  outsider: await newPerson(),
})

/** Creates a team with a person of each role. Returns its id. */
export const createTeamOf = (
  system: Pick<System, 'supabase'>,
  { owner, admin, member }: Record<Role, { id: string }>,
): Promise<string> =>
  createTeam(system, owner.id, [
    [admin.id, 'admin'],
    [member.id, 'member'],
  ])
