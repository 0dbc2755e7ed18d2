import { useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Costs } from './costs.tsx'
import { Failures, LatestFailures } from './failures.tsx'
import { Gauges } from './gauges.tsx'
import { Generations, Queue, Stuck } from './queue.tsx'
import { Keys, Routes } from './routes.tsx'
import { operationsTexts } from './texts.ts'
import { useViews } from './use-views.ts'

/** How the deployment does, for an operator. No text and no card is shown. */
const Operations = () => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  const [isPaused, setPaused] = useState(false)
  const views = useViews(isPaused)
  const queries = Object.values(views)
  const failed = queries.filter(({ error }) => error !== null)
  const pauseOrGoOn = () => {
    setPaused(!isPaused)
    if (isPaused) for (const { refetch } of queries) void refetch()
  }
  const readAt = queries.flatMap(({ data }) => data?.read_at ?? []).toSorted()[0]
  return (
    <div className="operations">
      <div className="operations-head">
        <h1>{text.title}</h1>
        <p className="hint">
          {readAt !== undefined && text.asOf(format.time(readAt))} {isPaused ? text.paused : text.refreshed}
        </p>
        <Button aria-pressed={isPaused} onClick={pauseOrGoOn}>
          {text.pause}
        </Button>
      </div>
      {failed[0] && (
        <ErrorNote error={failed[0].error} onRetry={() => failed.forEach(({ refetch }) => void refetch())} />
      )}
      <Gauges views={views} />
      <Stuck query={views.stuck} />
      <Generations query={views.generations} />
      <Failures query={views.failures} />
      <LatestFailures query={views.latest} />
      <Routes query={views.routes} />
      <Keys query={views.keys} />
      <Queue query={views.queue} />
      <Costs query={views.costs} />
    </div>
  )
}
export default Operations
