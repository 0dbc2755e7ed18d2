import { useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { teamTexts } from './texts.ts'
import { type Invitation, useTeamCall } from './use-teams.ts'

const One = ({ invitation: { account_id: team, team_name, role, created_at } }: { invitation: Invitation }) => {
  const text = useTexts(teamTexts)
  const format = useFormat()
  const { chooseAccount } = usePerson()
  const call = useTeamCall()
  const { busy, error, run } = useWork()
  const [asks, setAsks] = useState(false)
  const use = { label: text.use, run: () => chooseAccount(team) }
  const accept = () => call('accept_invitation', { team }, { text: text.accepted, action: use })
  return (
    <li className="panel">
      <h3>{team_name}</h3>
      <p>
        {text.invitedAs(text[role], format.day(created_at))} {text[`${role}May`]}
      </p>
      <p className="hint">{text.untilThen}</p>
      {error !== null && <ErrorNote error={error} />}
      <div className="row">
        <Button kind="primary" busy={busy} aria-label={`${text.accept}: ${team_name}`} onClick={() => void run(accept)}>
          {text.accept}
        </Button>
        <Button aria-label={`${text.decline}: ${team_name}`} onClick={() => setAsks(true)}>
          {text.decline}
        </Button>
      </div>
      {asks && (
        <Confirm
          title={`${text.decline}: ${team_name}`}
          action={text.decline}
          work={() => call('decline_invitation', { team }, { text: text.declined })}
          onClose={() => setAsks(false)}
        >
          <p>{text.declineAsk}</p>
        </Confirm>
      )}
    </li>
  )
}

/** The teams that invite the person, to accept or to decline. */
export const Invitations = ({ invitations }: { invitations: Invitation[] }) => {
  const text = useTexts(teamTexts)
  if (invitations.length === 0) return null
  return (
    <section>
      <h2>{text.invitations}</h2>
      <ul className="invitations">
        {invitations.map((invitation) => (
          <One key={invitation.account_id} invitation={invitation} />
        ))}
      </ul>
    </section>
  )
}
