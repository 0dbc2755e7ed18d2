import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { RoleField } from './role-field.tsx'
import { endsInvitations, isLastOwner, type Person, roles } from './roles.ts'
import { teamTexts } from './texts.ts'
import { type Team, useTeamCall } from './use-teams.ts'

type RoleDialogProps = { team: Team; person: Person; onClose: () => void }

/** Changes the role of a member. For owners. */
export const RoleDialog = ({ team, person, onClose }: RoleDialogProps) => {
  const text = useTexts(teamTexts)
  const { id } = usePerson()
  const call = useTeamCall()
  const [role, setRole] = useState(person.role)
  const isOwn = person.user_id === id
  const work = () => call('set_member', { team: team.id, member: person.user_id, role }, { text: text.roleChanged })
  return (
    <Confirm
      title={text.roleOf(isOwn ? text.you : person.user_id)}
      action={text.save}
      kind="primary"
      work={work}
      onClose={onClose}
    >
      <RoleField value={role} offered={roles} onChange={setRole} />
      {isOwn && <p>{isLastOwner(team.account_members, id) ? text.onlyOwner : text.ownRole}</p>}
      {endsInvitations(person.role, role) && <p>{text.endsInvitations}</p>}
    </Confirm>
  )
}
