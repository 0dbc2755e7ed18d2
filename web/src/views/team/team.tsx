import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { Invitations } from './invitations.tsx'
import { NameForm } from './name-form.tsx'
import { roles } from './roles.ts'
import { TeamPanel } from './team-panel.tsx'
import { teamTexts } from './texts.ts'
import { useInvitations, useTeamCall, useTeams } from './use-teams.ts'

const Roles = () => {
  const text = useTexts(teamTexts)
  return (
    <section className="panel">
      <h2>{text.roles}</h2>
      <dl className="role-rights">
        {roles.map((role) => (
          <div key={role}>
            <dt>{text[role]}</dt>
            <dd>{text[`${role}May`]}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** The person's teams, and the teams that invite the person. */
const TeamView = () => {
  const text = useTexts(teamTexts)
  const { id, chooseAccount } = usePerson()
  const call = useTeamCall()
  const create = (name: string) =>
    call('create_team', { name }, (team) => ({
      text: text.created,
      action: { label: text.use, run: () => chooseAccount(team) },
    }))
  return (
    <>
      <h1>{text.title}</h1>
      <p className="lead">{text.lead}</p>
      <Loaded query={useInvitations()}>{(invitations) => <Invitations invitations={invitations} />}</Loaded>
      <Loaded query={useTeams()}>
        {(teams) =>
          teams.length === 0 ? (
            <Empty title={text.none} />
          ) : (
            teams.map((team) => <TeamPanel key={team.id} team={team} />)
          )
        }
      </Loaded>
      <div className="team-more">
        <section className="panel">
          <h2>{text.create}</h2>
          <NameForm action={text.create} work={create} />
        </section>
        <section className="panel">
          <h2>{text.yourId}</h2>
          <div className="row">
            <code className="person-id">{id}</code>
            <Copy value={id} what={text.yourId} />
          </div>
          <p className="hint">{text.yourIdHint}</p>
        </section>
        <Roles />
      </div>
    </>
  )
}
export default TeamView
