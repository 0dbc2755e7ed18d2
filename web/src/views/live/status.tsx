import type { Generation } from '@recto/client'
import { useMutation } from '@tanstack/react-query'
import { describeFailure } from '../../errors/describe-error.ts'
import { useFormat, useLanguage, useTexts } from '../../i18n/language.tsx'
import { home } from '../../router/routes.ts'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote, Note } from '../../ui/error-note.tsx'
import type { LiveState } from './live-state.ts'
import { liveTexts } from './texts.ts'
import { waitReasons } from './wait-reasons.ts'

/** Where the generation is, in one or two sentences. A screen reader reads each change. */
const useSentences = ({ generation, cards }: LiveState): string[] => {
  const text = useTexts(liveTexts)
  const format = useFormat()
  if (generation === null) return [text.opening]
  const { status, attempts, suggestions_count, cost_usd } = generation
  const again = attempts > 1 ? [text.attempt(format.number(attempts))] : []
  switch (status) {
    case 'pending':
      return [text.pending, ...again, ...waitReasons(generation).map((reason) => text[reason])]
    case 'running':
      return [text.running, ...again, ...(cards.length > 0 ? [text.soFar(cards.length)] : [])]
    case 'succeeded':
      return [text.succeeded(suggestions_count), text.cost(format.money(cost_usd))]
    case 'cancelled':
      return [text.cancelled]
    case 'failed':
      return []
  }
}

const Cancel = ({ generation }: { generation: Generation }) => {
  const text = useTexts(liveTexts)
  const { recto } = usePerson()
  const cancel = useMutation({ mutationFn: () => recto.cancel(generation.id) })
  return (
    <>
      <Button busy={cancel.isPending} onClick={() => cancel.mutate()}>
        {text.cancel}
      </Button>
      {cancel.error && <ErrorNote error={cancel.error} />}
    </>
  )
}

/** Says honestly where the generation is, why it failed, and offers to stop it. */
export const Status = ({ state, requestId }: { state: LiveState; requestId: string | null }) => {
  const text = useTexts(liveTexts)
  const { language } = useLanguage()
  const sentences = useSentences(state)
  const format = useFormat()
  const { generation, cards, isOver, characters } = state
  const isToReview =
    generation?.status === 'succeeded' && cards.some((one) => !one.provisional && one.status === 'proposed')
  return (
    <>
      <p role="status" className="live-status">
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
        {generation !== null && !isOver && <Cancel generation={generation} />}
        {isToReview && (
          <a className="button primary" href={`#/generations/${generation.id}/review`}>
            {text.review}
          </a>
        )}
        {isOver && <a href={`#${home}`}>{text.another}</a>}
      </div>
    </>
  )
}
