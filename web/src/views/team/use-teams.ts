import { useQuery, useQueryClient } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'
import { useToast } from '../../ui/toast.tsx'
import type { Person, Role } from './roles.ts'

export type Team = {
  id: string
  name: string
  plan: string
  shares_texts_since: string | null
  account_members: Person[]
  /** Empty for those who may not see them. */
  account_invitations: Person[]
}

export type Invitation = { account_id: string; team_name: string; role: Role; created_at: string }

const people = 'user_id,role,created_at'
const teamColumns = `id,name,plan,shares_texts_since,account_members(${people}),account_invitations(${people})`

/** The teams of the person, with their members. */
export const useTeams = () => {
  const { rest } = usePerson()
  return useQuery({
    queryKey: ['teams'],
    queryFn: ({ signal }) => rest.select<Team[]>(`accounts?select=${teamColumns}&kind=eq.team&order=name,id`, signal),
  })
}

/** The teams that invite the person. */
export const useInvitations = () => {
  const { id, rest } = usePerson()
  const path = `account_invitations?select=account_id,team_name,role,created_at&user_id=eq.${id}&order=created_at`
  return useQuery({
    queryKey: ['invitations'],
    queryFn: ({ signal }) => rest.select<Invitation[]>(path, signal),
  })
}

type Functions = {
  create_team: { name: string }
  change_team: { team: string; name: string | null; shares_texts: boolean | null }
  invite_member: { team: string; member: string; role: Role }
  set_member: { team: string; member: string; role: Role }
  remove_member: { team: string; member: string }
  accept_invitation: { team: string }
  decline_invitation: { team: string }
}

/** Calls a function of teams, reads again what the page shows of them, and says that it is done. */
export const useTeamCall = () => {
  const { rest, queries: shared } = usePerson()
  const queries = useQueryClient()
  const toast = useToast()
  return async <Name extends keyof Functions>(
    name: Name,
    values: Functions[Name],
    done: Parameters<typeof toast>[0] | ((answer: string) => Parameters<typeof toast>[0]),
  ): Promise<void> => {
    const answer = await rest.rpc<string>(name, values)
    // What cannot be read now says so in its own place.
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['teams'] }),
      queries.invalidateQueries({ queryKey: ['invitations'] }),
      shared.invalidateQueries({ queryKey: ['accounts'] }),
    ])
    toast(typeof done === 'function' ? done(answer) : done)
  }
}
