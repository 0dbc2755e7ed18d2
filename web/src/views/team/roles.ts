import { codePoints } from '@recto/shared/text'

export type Role = 'owner' | 'admin' | 'member'
export const roles: Role[] = ['owner', 'admin', 'member']

/** A member of a team, or somebody who is invited to it. */
export type Person = { user_id: string; role: Role; created_at: string }

/** The roles that somebody with the role `own` may invite people to. The same rules stand in …_teams.sql. */
export const offeredRoles = (own: Role): Role[] => (own === 'owner' ? roles : own === 'admin' ? ['member'] : [])

/** Whether somebody with the role `own` may take a member or an invited person with the role `other` out of a team. */
export const mayRemove = (own: Role, other: Role): boolean => offeredRoles(own).includes(other)

/** Whether a person is the only owner among the members: then the person stays one. */
export const isLastOwner = (members: Person[], id: string): boolean =>
  members.every(({ user_id, role }) => (role === 'owner') === (user_id === id))

/** Whether the open invitations of a team end when somebody goes from the role `before` to `after` (null: leaves). */
export const endsInvitations = (before: Role, after: Role | null): boolean =>
  (before === 'owner' && after !== 'owner') || (before === 'admin' && (after === 'member' || after === null))

/** Owners first, then admins, then members, each in the order in which they came. */
export const inOrder = (people: Person[]): Person[] =>
  people.toSorted((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role) || a.created_at.localeCompare(b.created_at))

export const isPersonId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim())

/** What is wrong with the name of a team. */
export const nameProblem = (name: string): 'nameEmpty' | 'nameLong' | null => {
  if (name.trim() === '') return 'nameEmpty'
  return codePoints(name.trim()) > 100 ? 'nameLong' : null
}
