import { useFormat, useTexts } from '../../i18n/language.tsx'
import type { ViewProps } from '../../router/routes.ts'
import { Loaded } from '../../ui/states.tsx'
import { TagField } from '../cards/filter.tsx'
import { Session } from './session.tsx'
import { learnTexts } from './texts.ts'
import { type Due, useDue } from './use-due.ts'

/** The API counts no further. */
const mostCounted = 1_000

const Counts = ({ counts }: Pick<Due, 'counts'>) => {
  const text = useTexts(learnTexts)
  const format = useFormat()
  const words = (count: number) =>
    count < mostCounted ? format.number(count) : text.orMore(format.number(mostCounted))
  return <p className="learn-counts">{text.counts(words(counts.due), words(counts.new))}</p>
}

/** Learning the cards that are due. `tag` of the address chooses among them. */
const Learn = ({ query }: ViewProps) => {
  const text = useTexts(learnTexts)
  const tag = query.get('tag') ?? ''
  const due = useDue(tag)
  return (
    <div className="learn">
      <h1>{text.title}</h1>
      <search className="row learn-filter">
        <TagField query={query} />
        {due.data && <Counts counts={due.data.counts} />}
      </search>
      <Loaded query={due}>
        {(data) => <Session key={tag} due={data} tag={tag} at={due.dataUpdatedAt} isReading={due.isFetching} />}
      </Loaded>
    </div>
  )
}
export default Learn
