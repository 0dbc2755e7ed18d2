import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { learnTexts } from './texts.ts'
import { useNextDue } from './use-due.ts'

/** Nothing is due: when the next card is, or that there is none. */
export const Done = ({ tag }: { tag: string }) => {
  const text = useTexts(learnTexts)
  const format = useFormat()
  const next = useNextDue(tag)
  return (
    <Loaded query={next}>
      {(due) => (
        <Empty title={due === null ? text.none : text.done}>
          {due !== null && (
            <p>
              {text.nextDue(format.soon(new Date(due)))} {text.byItself}
            </p>
          )}
          <a href="#/cards">{text.toCards}</a>
        </Empty>
      )}
    </Loaded>
  )
}
