import type { Generation } from '@recto/client'
import { useEffect } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { usePerson } from '../../session/person.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { Status } from '../live/status.tsx'
import { useLive } from '../live/use-live.ts'
import { useReview } from '../review/use-review.ts'
import { Code } from './code.tsx'
import { Findings } from './findings.tsx'
import { openFindings } from './open-findings.ts'
import type { CodeFile } from './places.ts'
import { codeTexts, dropTexts } from './texts.ts'
import { useCode } from './use-code.ts'

/** How many findings the checks have dropped, and why. */
const Dropped = ({ generation }: { generation: Generation }) => {
  const text = useTexts(codeTexts)
  const words: Record<string, string> = useTexts(dropTexts)
  const counts = Object.entries(generation.ai_metadata.dropped ?? {})
  if (counts.length === 0) return null
  const total = counts.reduce((sum, [, count]) => sum + Number(count), 0)
  const because = counts.map(([reason, count]) => `${words[reason] ?? reason} (${count})`)
  return (
    <p className="hint">
      {text.dropped(total)}: {because.join(', ')}.
    </p>
  )
}

type ResultProps = {
  generation: Generation
  files: CodeFile[] | null
  /** Whether the person submitted the code. */
  isOwn: boolean
}

/** What a review that succeeded says. */
const Result = ({ generation, files, isOwn }: ResultProps) => {
  const text = useTexts(codeTexts)
  const path = `/code-review/${generation.id}`
  const query = useReview(path, (owner, signal) => openFindings(owner, generation.id, files, signal))
  return (
    <Loaded query={query}>
      {({ store, summary }) => (
        <>
          {summary !== null && <p className="said review-summary">{summary}</p>}
          <Dropped generation={generation} />
          {store.state().order.length === 0 ? (
            <>
              <Empty title={text.nothing} />
              <Code files={files} />
            </>
          ) : (
            <Findings key={query.dataUpdatedAt} store={store} files={files} canDecide={isOwn} />
          )}
        </>
      )}
    </Loaded>
  )
}

/** A code review while the model reads, and after. */
export const Reviewed = ({ id }: { id: string }) => {
  const text = useTexts(codeTexts)
  const { state, error, retry } = useLive(id)
  const code = useCode(id)
  const { id: personId } = usePerson()
  const { generation, isOver } = state
  const isOwn = code.data?.submitter === personId
  const isOther = generation !== null && generation.kind !== 'code_review'
  useEffect(() => {
    if (isOther) goTo(`/generations/${id}`, { replace: true })
  }, [id, isOther])
  if (error !== null) return <ErrorNote error={error} onRetry={retry} />
  if (isOther) return null
  return (
    <>
      <Status
        state={state}
        requestId={code.data?.requestId ?? null}
        done={text.done}
        stopped={text.stopped}
        canStop={isOwn}
      >
        <a href="#/code-review">{text.another}</a>
      </Status>
      {generation !== null && (
        <Loaded query={code}>
          {(known) =>
            isOver && generation.status === 'succeeded' ? (
              <Result generation={generation} files={known.files} isOwn={isOwn} />
            ) : (
              <Code files={known.files} />
            )
          }
        </Loaded>
      )}
    </>
  )
}
