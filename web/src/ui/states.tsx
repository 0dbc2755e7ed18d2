import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { ErrorNote } from './error-note.tsx'
import { uiTexts } from './texts.ts'

/** Is visible after a moment only, so that a fast answer does not flicker. */
export const Loading = () => (
  <p className="loading" role="status">
    {useTexts(uiTexts).loading}
  </p>
)

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
