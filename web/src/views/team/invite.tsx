import { type FormEvent, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { RoleField } from './role-field.tsx'
import { isPersonId, offeredRoles, type Role } from './roles.ts'
import { teamTexts } from './texts.ts'
import { type Team, useTeamCall } from './use-teams.ts'

/** Invites a person by their id. For owners and admins. */
export const Invite = ({ team, own }: { team: Team; own: Role }) => {
  const text = useTexts(teamTexts)
  const call = useTeamCall()
  const { busy, error, run } = useWork()
  const [written, setWritten] = useState('')
  const [role, setRole] = useState<Role>('member')
  const [problem, setProblem] = useState<'badId' | 'isMember' | null>(null)
  const member = written.trim().toLowerCase()

  const send = (event: FormEvent) => {
    event.preventDefault()
    const isMember = team.account_members.some(({ user_id }) => user_id === member)
    const found = !isPersonId(member) ? 'badId' : isMember ? 'isMember' : null
    setProblem(found)
    if (found === null)
      void run(async () => {
        await call('invite_member', { team: team.id, member, role }, { text: text.invited })
        setWritten('')
      })
  }
  return (
    <form onSubmit={send} noValidate>
      <h3>{text.invite}</h3>
      <Field label={text.inviteId} hint={text.inviteHint} error={problem === null ? null : text[problem]}>
        {(props) => (
          <input
            {...props}
            value={written}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setProblem(null)
              setWritten(event.target.value)
            }}
          />
        )}
      </Field>
      <RoleField value={role} offered={offeredRoles(own)} onChange={setRole} />
      {error !== null && <ErrorNote error={error} />}
      <Button type="submit" busy={busy}>
        {text.send}
      </Button>
    </form>
  )
}
