import type { Finding } from '@recto/client'
import { type ReactNode, useMemo } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Actions, Progress } from '../review/bar.tsx'
import { countsOf } from '../review/counts.ts'
import type { Reason } from '../review/entry.ts'
import { Help } from '../review/help.tsx'
import { Key } from '../review/key.tsx'
import type { Command } from '../review/keys.ts'
import { Notices } from '../review/notices.tsx'
import { Reasons } from '../review/reasons.tsx'
import type { ReviewStore } from '../review/store.ts'
import { reviewTexts } from '../review/texts.ts'
import { Trouble } from '../review/trouble.tsx'
import { type Desk, useDesk } from '../review/use-desk.ts'
import { useKeys } from '../review/use-keys.ts'
import { Code } from './code.tsx'
import { FindingRow, placeOf } from './finding-row.tsx'
import type { CodeFile } from './places.ts'
import { codeTexts } from './texts.ts'

/** Why a finding is rejected, in the order of the keys 1 to 6. */
const reasons: readonly Reason[] = ['wrong', 'not_relevant', 'intended', 'duplicate', 'unclear', 'other']

type BarProps = { desk: Desk<Finding>; store: ReviewStore<Finding>; run: (command: Command) => void }

/** How far the person is, and a button for each decision. */
const Bar = ({ desk, store, run }: BarProps) => {
  const text = useTexts(reviewTexts)
  const words = useTexts(codeTexts)
  const format = useFormat()
  const { state, active, open, notice } = desk
  const counts = countsOf(state)
  const { failed, left, unsent, accepted, rejected } = counts
  // What the active row says itself is not said twice.
  const shown = state.stopped === null && active !== undefined && active.error !== null ? 1 : 0
  const said = active ? [active.item.title, placeOf(active.item), active.item.message] : []
  return (
    <section className="review-bar" aria-label={text.actions}>
      <Progress counts={{ ...counts, leftFlagged: 0 }} />
      <Trouble failed={failed - shown} stopped={state.stopped} onRetry={store.retry} onShow={desk.showFailed} />
      {left === 0 && (
        <p>
          {text.done}. {unsent > 0 ? text.storing : words.outcome(format.number(accepted), format.number(rejected))}
        </p>
      )}
      <Notices notice={notice} active={active} words={said} />
      {open === 'reasons' && <Reasons reasons={reasons} run={run} />}
      <Actions isOpen={desk.isOpen} isChoosing={open === 'reasons'} canEdit={false} canUndo={desk.canUndo} run={run} />
    </section>
  )
}

type FindingsProps = {
  store: ReviewStore<Finding>
  files: CodeFile[] | null
  /** Whether the person may decide about them; others of a team may read them. */
  canDecide: boolean
}

/** The findings beside their code, and what to do about them. */
export const Findings = ({ store, files, canDecide }: FindingsProps) => {
  const text = useTexts(reviewTexts)
  const words = useTexts(codeTexts)
  const desk = useDesk(store)
  const { state, active, actions } = desk
  const { order, entries } = state
  const run = (command: Command) => {
    if (command.do === 'move' || command.do === 'help' || (canDecide && command.do !== 'edit')) desk.run(command)
  }
  useKeys(desk.open === 'reasons' ? reasons : null, run)
  // What a finding says of its lines never changes, so the code is marked once.
  const findings = useMemo(() => order.flatMap((id) => store.state().entries[id]?.item ?? []), [order, store])
  const rowOf = (id: string): ReactNode => {
    const entry = entries[id]
    const isActive = id === state.active
    return entry && <FindingRow key={id} entry={entry} isActive={isActive} canDecide={canDecide} actions={actions} />
  }
  return (
    <>
      <div className="beside review">
        <div className="review-side">
          <div className="review-head">
            <h2 id="findings">{words.list}</h2>
            <Button aria-keyshortcuts="?" onClick={() => run({ do: 'help' })}>
              {text.keys} <Key name="?" />
            </Button>
          </div>
          {!canDecide && <p className="hint">{words.others}</p>}
          <ol className="review-list" aria-labelledby="findings">
            {order.map(rowOf)}
          </ol>
          {canDecide && <Bar desk={desk} store={store} run={run} />}
        </div>
        <Code files={files} findings={findings} active={active?.item} />
      </div>
      {desk.hasHelp && (
        <Help without={canDecide ? ['edit'] : ['accept', 'reject', 'edit', 'undo']} onClose={desk.closeHelp} />
      )}
    </>
  )
}
