import { useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { inOrder, mayRemove, type Person, type Role } from './roles.ts'
import { teamTexts } from './texts.ts'
import { type Team, useTeamCall } from './use-teams.ts'

const One = ({ team, own, person }: { team: Team; own: Role; person: Person }) => {
  const text = useTexts(teamTexts)
  const format = useFormat()
  const call = useTeamCall()
  const [asks, setAsks] = useState(false)
  return (
    <li>
      <div>
        <code>{person.user_id}</code>
        <div className="hint">{text.invitedSince(text[person.role], format.day(person.created_at))}</div>
      </div>
      {mayRemove(own, person.role) && (
        <Button aria-label={`${text.withdraw}: ${person.user_id}`} onClick={() => setAsks(true)}>
          {text.withdraw}
        </Button>
      )}
      {asks && (
        <Confirm
          title={`${text.withdraw}: ${person.user_id}`}
          action={text.withdraw}
          work={() => call('remove_member', { team: team.id, member: person.user_id }, { text: text.withdrawn })}
          onClose={() => setAsks(false)}
        >
          <p>{text.withdrawAsk}</p>
        </Confirm>
      )}
    </li>
  )
}

/** Who is invited and has not answered yet. */
export const Invited = ({ team, own }: { team: Team; own: Role }) => {
  const text = useTexts(teamTexts)
  if (team.account_invitations.length === 0) return null
  return (
    <>
      <h3>{text.open}</h3>
      <ul className="people">
        {inOrder(team.account_invitations).map((person) => (
          <One key={person.user_id} team={team} own={own} person={person} />
        ))}
      </ul>
    </>
  )
}
