import type { Generation } from '@recto/client'
import { describeFailure } from '../../errors/describe-error.ts'
import { useFormat, useLanguage, useTexts } from '../../i18n/language.tsx'
import { useKindName } from '../../kinds/use-kind-name.ts'
import { usePerson } from '../../session/person.tsx'
import { liveTexts } from '../live/texts.ts'
import { waitReasons } from '../live/wait-reasons.ts'
import { Again } from './again.tsx'
import { isLive } from './refresh-after.ts'
import { Remove } from './remove.tsx'
import { Stop } from './stop.tsx'
import { historyTexts } from './texts.ts'
import type { Row } from './use-history.ts'

/** Why it failed, in words, with what the operator finds it by. */
const Failure = ({ generation, row }: { generation: Generation; row: Row | undefined }) => {
  const text = useTexts(historyTexts)
  const { language } = useLanguage()
  const { what, advice, details, requestId } = describeFailure(
    generation.error,
    language,
    row?.request_id ?? generation.error?.provider_request_id ?? null,
  )
  return (
    <div className="run-note">
      <p>
        <strong>{what}</strong> {advice}
      </p>
      <p className="hint">
        {details.join(', ')}
        {requestId !== null && (
          <>
            . {text.requestId}: <code>{requestId}</code>
          </>
        )}
      </p>
    </div>
  )
}

/** What the person can do about a generation. Only who submitted it can change it. */
const Actions = ({ generation, row, onGone }: RunProps) => {
  const text = useTexts(historyTexts)
  const format = useFormat()
  const { id: person } = usePerson()
  if (row === undefined) return null
  if (row.user_id !== person) return <p className="run-actions hint">{text.other}</p>
  const { id, kind, status, created_at } = generation
  const isOver = status === 'failed' || status === 'cancelled'
  const open = row.ai_suggestions[0].count
  return (
    <div className="run-actions">
      {open > 0 && (
        <a className="button primary" href={`#/generations/${id}/review`}>
          {text.review(open)}
        </a>
      )}
      {isLive(generation) && <Stop id={id} onStopped={onGone} />}
      {isOver && kind === 'flashcards' && <Again generation={generation} />}
      <Remove id={id} when={format.moment(created_at)} onGone={onGone} />
    </div>
  )
}

type RunProps = { generation: Generation; row: Row | undefined; onGone: () => void }

/** One generation of the history. */
export const Run = (props: RunProps) => {
  const text = useTexts(historyTexts)
  const reasons = useTexts(liveTexts)
  const format = useFormat()
  const { generation, row } = props
  const { id, kind, status, created_at, model, suggestions_count, cost_usd } = generation
  const nameOf = useKindName()
  const resultOf = (): string => {
    if (kind !== 'flashcards') return nameOf(kind)
    return suggestions_count === 0 && status !== 'succeeded' ? '–' : text.cards(suggestions_count)
  }
  const waits = status === 'pending' ? waitReasons(generation) : []
  return (
    <li className="run">
      <span className={`state ${status}`}>{text[status]}</span>
      <a className="run-when" href={`#/generations/${id}`}>
        <time dateTime={created_at}>{format.moment(created_at)}</time>
      </a>
      <dl className="run-facts">
        <div>
          <dt>{text.model}</dt>
          <dd>{model}</dd>
        </div>
        <div>
          <dt>{text.result}</dt>
          <dd>{resultOf()}</dd>
        </div>
        <div>
          <dt>{text.cost}</dt>
          <dd>{isLive(generation) && Number(cost_usd) === 0 ? '–' : format.money(cost_usd)}</dd>
        </div>
      </dl>
      {waits.length > 0 && <p className="run-note hint">{waits.map((reason) => reasons[reason]).join(' ')}</p>}
      {status === 'failed' && <Failure generation={generation} row={row} />}
      <Actions {...props} />
    </li>
  )
}
