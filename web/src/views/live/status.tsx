import type { Generation } from '@recto/client'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useRef } from 'react'
import { describeFailure } from '../../errors/describe-error.ts'
import { useFormat, useLanguage, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote, Note } from '../../ui/error-note.tsx'
import { isLive } from '../history/refresh-after.ts'
import type { LiveState } from './live-state.ts'
import { liveTexts } from './texts.ts'
import { waitReasons } from './wait-reasons.ts'

/** Where the generation is, in one or two sentences. A screen reader reads each change. */
const useSentences = ({ generation, cards, isOver }: LiveState, done: string, stopped: string): string[] => {
  const text = useTexts(liveTexts)
  const format = useFormat()
  if (generation === null) return [text.opening]
  const { status, attempts, cost_usd } = generation
  const again = attempts > 1 ? [text.attempt(format.number(attempts))] : []
  switch (status) {
    case 'pending':
      return [text.pending, ...again, ...waitReasons(generation).map((reason) => text[reason])]
    case 'running':
      return [text.running, ...again, ...(cards.length > 0 ? [text.soFar(cards.length)] : [])]
    case 'succeeded':
      // What is stored comes behind the status.
      return isOver ? [done, text.cost(format.money(cost_usd))] : [text.opening]
    case 'cancelled':
      return [stopped]
    case 'failed':
      return []
  }
}

const Cancel = ({ generation, onStopped }: { generation: Generation; onStopped: () => void }) => {
  const text = useTexts(liveTexts)
  const { recto } = usePerson()
  const cancel = useMutation({ mutationFn: () => recto.cancel(generation.id), onSuccess: onStopped })
  return (
    <>
      <Button busy={cancel.isPending} onClick={() => cancel.mutate()}>
        {text.cancel}
      </Button>
      {cancel.error && <ErrorNote error={cancel.error} />}
    </>
  )
}

type StatusProps = {
  state: LiveState
  requestId: string | null
  /** What is said when it has succeeded, and when it was stopped. */
  done: string
  stopped: string
  /** Whether the person may stop it: who submitted it may. */
  canStop: boolean
  /** Where to go from here. */
  children: ReactNode
}

/** Says honestly where the generation is, why it failed, and offers to stop it. */
export const Status = ({ state, requestId, done, stopped, canStop, children }: StatusProps) => {
  const text = useTexts(liveTexts)
  const { language } = useLanguage()
  const sentences = useSentences(state, done, stopped)
  const format = useFormat()
  const { generation, isOver, characters } = state
  const status = useRef<HTMLParagraphElement>(null)
  return (
    <>
      {/* It takes the focus of the button that is gone when the generation was stopped. */}
      <p ref={status} tabIndex={-1} role="status" className="live-status">
        {sentences.join(' ')}
      </p>
      {/* It changes many times a second, and is not read out. */}
      {generation?.status === 'running' && characters > 0 && (
        <p className="hint">{text.written(format.number(characters))}</p>
      )}
      {generation?.status === 'failed' && (
        <Note
          described={describeFailure(
            generation.error,
            language,
            requestId ?? generation.error?.provider_request_id ?? null,
          )}
        />
      )}
      <div className="row">
        {generation !== null && isLive(generation) && canStop && (
          <Cancel generation={generation} onStopped={() => status.current?.focus()} />
        )}
        {isOver && children}
      </div>
    </>
  )
}
