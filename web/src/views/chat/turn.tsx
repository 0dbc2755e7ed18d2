import { useMutation } from '@tanstack/react-query'
import { describeFailure } from '../../errors/describe-error.ts'
import { useLanguage, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote, Note } from '../../ui/error-note.tsx'
import { Loading } from '../../ui/states.tsx'
import { useLive } from '../live/use-live.ts'
import { chatTexts } from './texts.ts'
import type { Turn } from './use-turns.ts'

export const isLive = ({ status }: Pick<Turn, 'status'>): boolean => status === 'pending' || status === 'running'

type WritingProps = { id: string; onStopped: () => void }

/** An answer while the model writes it. When it is over, the turn is read again with what is stored. */
const Writing = ({ id, onStopped }: WritingProps) => {
  const text = useTexts(chatTexts)
  const { recto } = usePerson()
  const { state, error, retry } = useLive(id)
  const stop = useMutation({ mutationFn: () => recto.cancel(id), onSuccess: onStopped })
  const { generation } = state
  return (
    <>
      <p className="said">{state.text}</p>
      {error !== null && <ErrorNote error={error} onRetry={retry} />}
      {generation !== null && !isLive(generation) ? (
        <Loading />
      ) : (
        <>
          <p role="status">{generation?.status === 'running' ? text.writing : text.waiting}</p>
          <Button busy={stop.isPending} onClick={() => stop.mutate()}>
            {text.stop}
          </Button>
        </>
      )}
      {stop.error && <ErrorNote error={stop.error} />}
    </>
  )
}

/** An answer that is over: what was said, and why it is not more. A model's text is shown as it is, never as markup. */
const Said = ({ turn: { status, output, error, request_id } }: { turn: Turn }) => {
  const text = useTexts(chatTexts)
  const { language } = useLanguage()
  if (status === 'failed') return <Note described={describeFailure(error, language, request_id)} />
  if (output === null) return <p className="hint">{text.nothing}</p>
  const { message, finish } = output
  return (
    <>
      <p className="said">{message.content}</p>
      {finish !== 'complete' && <p className="hint">{text[finish]}</p>}
    </>
  )
}

/** A message, and the answer to it. */
export const TurnItem = ({ turn, onStopped }: { turn: Turn; onStopped: () => void }) => {
  const text = useTexts(chatTexts)
  return (
    <li className="turn">
      <h2>{text.user}</h2>
      <p className="said">{turn.said}</p>
      <h2>{text.assistant}</h2>
      {isLive(turn) ? <Writing id={turn.id} onStopped={onStopped} /> : <Said turn={turn} />}
    </li>
  )
}
