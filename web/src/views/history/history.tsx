import type { Generation } from '@recto/client'
import { useRef } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { home, type ViewProps } from '../../router/routes.ts'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { Pages } from '../../ui/pages.tsx'
import { Empty } from '../../ui/states.tsx'
import { Run } from './run.tsx'
import { historyTexts } from './texts.ts'
import { type Status, useHistory, useRows } from './use-history.ts'

const path = '/history'
const statuses: Status[] = ['pending', 'running', 'succeeded', 'failed', 'cancelled']

const Filter = ({ status }: { status: Status | null }) => {
  const text = useTexts(historyTexts)
  return (
    <Field label={text.show}>
      {(props) => (
        <select
          {...props}
          value={status ?? ''}
          onChange={({ target: { value } }) => goTo(value === '' ? path : `${path}?status=${value}`)}
        >
          <option value="">{text.all}</option>
          {statuses.map((name) => (
            <option key={name} value={name}>
              {text[name]}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

const Runs = ({ generations, onGone }: { generations: Generation[]; onGone: () => void }) => {
  const rows = useRows(generations)
  return (
    <>
      {rows.error && <ErrorNote error={rows.error} onRetry={() => void rows.refetch()} />}
      <ol className="runs">
        {generations.map((generation) => (
          <Run key={generation.id} generation={generation} row={rows.data?.get(generation.id)} onGone={onGone} />
        ))}
      </ol>
    </>
  )
}

/** The generations of the account. */
const History = ({ query }: ViewProps) => {
  const text = useTexts(historyTexts)
  const heading = useRef<HTMLHeadingElement>(null)
  const status = statuses.find((name) => name === query.get('status')) ?? null
  const history = useHistory(status)
  return (
    <>
      <div className="list-head">
        <h1 ref={heading} tabIndex={-1}>
          {text.title}
        </h1>
        <Filter status={status} />
      </div>
      <Pages query={history}>
        {(generations) =>
          generations.length > 0 ? (
            <Runs generations={generations} onGone={() => heading.current?.focus()} />
          ) : status === null ? (
            <Empty title={text.empty}>
              <a href={`#${home}`}>{text.first}</a>
            </Empty>
          ) : (
            <Empty title={text.emptyState}>
              <a href={`#${path}`}>{text.showAll}</a>
            </Empty>
          )
        }
      </Pages>
    </>
  )
}
export default History
