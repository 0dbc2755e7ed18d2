import { useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { RoleDialog } from './role-dialog.tsx'
import { endsInvitations, inOrder, mayRemove, type Person, type Role } from './roles.ts'
import { teamTexts } from './texts.ts'
import { type Team, useTeamCall } from './use-teams.ts'

type MemberProps = { team: Team; own: Role; person: Person }

const Member = ({ team, own, person }: MemberProps) => {
  const text = useTexts(teamTexts)
  const format = useFormat()
  const { id, email } = usePerson()
  const call = useTeamCall()
  const [asks, setAsks] = useState<'role' | 'remove' | null>(null)
  const isOwn = person.user_id === id
  const label = isOwn ? text.you : person.user_id
  const close = () => setAsks(null)
  return (
    <li>
      <div>
        {isOwn ? (
          <span>
            <strong>{text.you}</strong> {email}
          </span>
        ) : (
          <code>{person.user_id}</code>
        )}
        <div className="hint">{text.since(format.day(person.created_at))}</div>
      </div>
      <span className={`role ${person.role}`}>{text[person.role]}</span>
      {own === 'owner' && (
        <Button aria-label={`${text.changeRole}: ${label}`} onClick={() => setAsks('role')}>
          {text.changeRole}
        </Button>
      )}
      {!isOwn && mayRemove(own, person.role) && (
        <Button aria-label={`${text.remove}: ${label}`} onClick={() => setAsks('remove')}>
          {text.remove}
        </Button>
      )}
      {asks === 'role' && <RoleDialog team={team} person={person} onClose={close} />}
      {asks === 'remove' && (
        <Confirm
          title={`${text.remove}: ${label}`}
          action={text.remove}
          work={() => call('remove_member', { team: team.id, member: person.user_id }, { text: text.removed })}
          onClose={close}
        >
          <p>{text.removeAsk}</p>
          {endsInvitations(person.role, null) && <p>{text.endsInvitations}</p>}
        </Confirm>
      )}
    </li>
  )
}

/** The members of a team, and what the person may do about each. */
export const Members = ({ team, own }: { team: Team; own: Role }) => {
  const text = useTexts(teamTexts)
  return (
    <>
      <h3>{text.members}</h3>
      <ul className="people">
        {inOrder(team.account_members).map((person) => (
          <Member key={person.user_id} team={team} own={own} person={person} />
        ))}
      </ul>
    </>
  )
}
