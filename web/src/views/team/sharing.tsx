import { useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import type { Role } from './roles.ts'
import { teamTexts } from './texts.ts'
import { type Team, useTeamCall } from './use-teams.ts'

/** Whether members read each other's texts, and since when. Owners change it. */
export const Sharing = ({ team, own }: { team: Team; own: Role }) => {
  const text = useTexts(teamTexts)
  const format = useFormat()
  const call = useTeamCall()
  const [asks, setAsks] = useState(false)
  const since = team.shares_texts_since
  const [action, ask, done] =
    since === null ? [text.share, text.shareAsk, text.shareDone] : [text.unshare, text.unshareAsk, text.unshareDone]
  const change = { team: team.id, name: null, shares_texts: since === null }
  return (
    <>
      <h3>{text.sharing}</h3>
      <p>{since === null ? text.notShared : text.shared(format.moment(since))}</p>
      {own === 'owner' && <Button onClick={() => setAsks(true)}>{action}</Button>}
      {asks && (
        <Confirm
          title={action}
          action={action}
          kind="primary"
          work={() => call('change_team', change, { text: done })}
          onClose={() => setAsks(false)}
        >
          <p>{ask}</p>
        </Confirm>
      )}
    </>
  )
}
