import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Invite } from './invite.tsx'
import { Invited } from './invited.tsx'
import { Members } from './members.tsx'
import { NameForm } from './name-form.tsx'
import { endsInvitations, isLastOwner, offeredRoles, type Role } from './roles.ts'
import { Sharing } from './sharing.tsx'
import { teamTexts } from './texts.ts'
import { type Team, useTeamCall } from './use-teams.ts'

type AskProps = { team: Team; own: Role; onClose: () => void }

const Rename = ({ team, onClose }: AskProps) => {
  const text = useTexts(teamTexts)
  const call = useTeamCall()
  const rename = async (name: string) => {
    await call('change_team', { team: team.id, name, shares_texts: null }, { text: text.renamed })
    onClose()
  }
  return (
    <Dialog title={text.rename} onClose={onClose}>
      <NameForm name={team.name} action={text.save} work={rename} />
    </Dialog>
  )
}

const Leave = ({ team, own, onClose }: AskProps) => {
  const text = useTexts(teamTexts)
  const { id, accountId, chooseAccount } = usePerson()
  const call = useTeamCall()
  const title = `${text.leave}: ${team.name}`
  if (isLastOwner(team.account_members, id))
    return (
      <Dialog title={title} onClose={onClose}>
        <p>{text.cannotLeave}</p>
      </Dialog>
    )
  const leave = async () => {
    await call('remove_member', { team: team.id, member: id }, { text: text.left })
    if (accountId === team.id) chooseAccount(id)
  }
  return (
    <Confirm title={title} action={text.leave} work={leave} onClose={onClose}>
      <p>{text.leaveAsk}</p>
      {endsInvitations(own, null) && <p>{text.endsInvitations}</p>}
    </Confirm>
  )
}

/** A team, with all that the person may do there. */
export const TeamPanel = ({ team }: { team: Team }) => {
  const text = useTexts(teamTexts)
  const { id } = usePerson()
  const [asks, setAsks] = useState<'rename' | 'leave' | null>(null)
  const own = team.account_members.find(({ user_id }) => user_id === id)?.role ?? 'member'
  const Ask = asks === 'rename' ? Rename : Leave
  return (
    <section className="panel team">
      <header className="team-head">
        <div>
          <h2>{team.name}</h2>
          <p className="hint">
            {text.yourRole(text[own])} · {text.plan(team.plan)}
          </p>
        </div>
        <div className="row">
          {own === 'owner' && (
            <Button aria-label={`${text.rename}: ${team.name}`} onClick={() => setAsks('rename')}>
              {text.rename}
            </Button>
          )}
          <Button aria-label={`${text.leave}: ${team.name}`} onClick={() => setAsks('leave')}>
            {text.leave}
          </Button>
        </div>
      </header>
      {asks !== null && <Ask team={team} own={own} onClose={() => setAsks(null)} />}
      <div className="team-body">
        <div>
          <Members team={team} own={own} />
          <Invited team={team} own={own} />
        </div>
        <div>
          {offeredRoles(own).length > 0 && <Invite team={team} own={own} />}
          <Sharing team={team} own={own} />
        </div>
      </div>
    </section>
  )
}
