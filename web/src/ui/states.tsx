import type { UseQueryResult } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { ErrorNote } from './error-note.tsx'
import { uiTexts } from './texts.ts'

/** From when on a person would think that the page does nothing. The client repeats requests for longer than this. */
const SLOW_MS = 5_000

/** Is visible after a moment only, so that a fast answer does not flicker. A slow one is told as such. */
export const Loading = () => {
  const text = useTexts(uiTexts)
  const [isSlow, setIsSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), SLOW_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <p className="loading" role="status">
      {text.loading} {isSlow && text.slow}
    </p>
  )
}

/** What stands where there is nothing yet: a line, and what to do about it. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="empty">
    <p>{title}</p>
    {children}
  </div>
)

type LoadedProps<Data> = {
  query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'refetch'>
  children: (data: Data) => ReactNode
}

/** The data of a query, or that it is on its way, or why it is not there. Old data stays below an error. */
export const Loaded = <Data,>({ query, children }: LoadedProps<Data>) => (
  <>
    {query.error && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
    {query.data === undefined ? !query.error && <Loading /> : children(query.data)}
  </>
)
