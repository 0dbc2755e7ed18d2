import { type ReactNode, useId } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Loading } from '../../ui/states.tsx'
import { operationsTexts } from './texts.ts'
import type { ViewOf } from './use-views.ts'

type SectionProps<Row> = {
  title: string
  hint?: string
  /** What stands in place of no rows. */
  none: string
  query: { data: ViewOf<Row> | undefined; error: Error | null }
  children: (rows: Row[], readAt: string) => ReactNode
}

/** A view with its heading. Why it could not be read stands at the top of the page; what was read before stays. */
export const Section = <Row,>({ title, hint, none, query: { data, error }, children }: SectionProps<Row>) => {
  const text = useTexts(operationsTexts)
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {hint !== undefined && <p className="hint">{hint}</p>}
      {data === undefined ? (
        error === null ? (
          <Loading />
        ) : (
          <p className="hint">{text.unread}</p>
        )
      ) : data.data.length === 0 ? (
        <p className="hint">{none}</p>
      ) : (
        children(data.data, data.read_at)
      )}
      {data?.truncated && <p className="hint">{text.truncated(data.data.length)}</p>}
    </section>
  )
}
