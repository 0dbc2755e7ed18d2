import type { Suggestion } from '@recto/client'
import { useMemo, useRef } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { SourceOf } from '../../suggestion/source-of.tsx'
import { useSource } from '../../suggestion/use-source.ts'
import { Actions, Progress } from './bar.tsx'
import { countsOf } from './counts.ts'
import { keepDraft } from './drafts.ts'
import { wordsOf } from './entry.ts'
import { Finished } from './finished.tsx'
import { Head } from './head.tsx'
import { Help } from './help.tsx'
import { cardReasons } from './keys.ts'
import { Notices } from './notices.tsx'
import { Reasons } from './reasons.tsx'
import { type ReviewState, write } from './review-state.ts'
import { Row, type RowActions } from './row.tsx'
import type { ReviewStore } from './store.ts'
import { reviewTexts } from './texts.ts'
import { Trouble } from './trouble.tsx'
import { type DeskActions, useDesk } from './use-desk.ts'
import { useKeys } from './use-keys.ts'

/** Where the suggestions of a generation stand in its text. That never changes. */
const useQuotes = (order: string[], entries: ReviewState<Suggestion>['entries'], generationId: string) => {
  const first = useRef(entries)
  return useMemo(
    () =>
      order.flatMap((key) => {
        const suggestion = first.current[key]?.item
        return suggestion?.generation_id === generationId ? { ...suggestion, key } : []
      }),
    [order, generationId],
  )
}

const SourceSide = ({ state, generationId }: { state: ReviewState<Suggestion>; generationId: string }) => {
  const source = useSource(generationId)
  const quotes = useQuotes(state.order, state.entries, generationId)
  return <SourceOf source={source} quotes={quotes} active={state.active} />
}

const useActions = (store: ReviewStore<Suggestion>, actions: DeskActions): RowActions => {
  const { id: personId } = usePerson()
  return useMemo(
    () => ({
      ...actions,
      write: (id, words) => {
        keepDraft(personId, id, words)
        store.apply((now) => write(now, id, words))
      },
    }),
    [store, actions, personId],
  )
}

type DeskProps = { store: ReviewStore<Suggestion>; generationId: string | null; onMore: (() => void) | null }

/** The suggestions beside their text, and what to do about them. */
export const Desk = ({ store, generationId, onMore }: DeskProps) => {
  const text = useTexts(reviewTexts)
  const desk = useDesk(store)
  const { state, active, open, run } = desk
  const actions = useActions(store, desk.actions)
  useKeys(open === 'reasons' ? cardReasons : null, run)
  const counts = countsOf(state)
  // What the active row says itself is not said twice.
  const shown = state.stopped === null && active !== undefined && active.error !== null ? 1 : 0
  return (
    <>
      <Head plain={counts.plain} onAcceptPlain={desk.acceptPlain} onHelp={() => run({ do: 'help' })} />
      <div className="beside review">
        <div className="review-side">
          <h2 id="suggestions">{text.list}</h2>
          <ol className="review-list" aria-labelledby="suggestions">
            {state.order.map((id) => {
              const entry = state.entries[id]
              const isActive = id === state.active
              return (
                entry && (
                  <Row
                    key={id}
                    entry={entry}
                    isActive={isActive}
                    isEditing={isActive && open === 'form'}
                    actions={actions}
                  />
                )
              )
            })}
          </ol>
          <section className="review-bar" aria-label={text.actions}>
            <Progress counts={counts} />
            <Trouble
              failed={counts.failed - shown}
              stopped={state.stopped}
              onRetry={store.retry}
              onShow={desk.showFailed}
            />
            {counts.left === 0 && <Finished counts={counts} generationId={generationId} onMore={onMore} />}
            <Notices
              notice={desk.notice}
              active={active}
              words={active ? [wordsOf(active).front, wordsOf(active).back] : []}
            />
            {open === 'reasons' && <Reasons reasons={cardReasons} run={run} />}
            <Actions isOpen={desk.isOpen} isChoosing={open === 'reasons'} canEdit canUndo={desk.canUndo} run={run} />
          </section>
        </div>
        {active && <SourceSide state={state} generationId={active.item.generation_id} />}
      </div>
      {desk.hasHelp && <Help onClose={desk.closeHelp} />}
    </>
  )
}
