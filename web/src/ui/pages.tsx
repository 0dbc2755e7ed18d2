import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { usePerson } from '../session/person.tsx'
import { Button } from './button.tsx'
import { ErrorNote } from './error-note.tsx'
import { Loading } from './states.tsx'
import { uiTexts } from './texts.ts'

type Page<Entry> = { data: Entry[]; next_cursor: string | null }

/**
 * A list of the API that is read page by page. `path` is what follows `/api/`, without the cursor. A reload of the query
 * reads each page that is shown again. `refreshAfter`: the milliseconds after which that happens by itself, for each page
 * that is shown; never while the tab is hidden.
 */
export const usePages = <Entry,>(
  key: QueryKey,
  path: string,
  refreshAfter: (entries: Entry[]) => number | false = () => false,
) => {
  const { recto } = usePerson()
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam: cursor, signal }) =>
      recto.request<Page<Entry>>(cursor === null ? path : withCursor(path, cursor), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: ({ state: { data } }) => {
      const pages = data?.pages ?? []
      const ms = refreshAfter(pages.flatMap((page) => page.data))
      return ms !== false && ms * pages.length
    },
  })
}

const withCursor = (path: string, cursor: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`

type PagesProps<Entry> = { query: ReturnType<typeof usePages<Entry>>; children: (entries: Entry[]) => ReactNode }

/**
 * The entries that were read so far, with a button for more; or that they are on their way, or why they are not there. A page
 * without entries that is not the last, as of a search that has not found any yet, is followed by the next at once.
 */
export const Pages = <Entry,>({ query, children }: PagesProps<Entry>) => {
  const text = useTexts(uiTexts)
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch, isFetchNextPageError } = query
  const entries = data?.pages.flatMap((page) => page.data) ?? []
  const goesOn = hasNextPage && error === null && data?.pages.at(-1)?.data.length === 0
  useEffect(() => {
    if (goesOn && !isFetchingNextPage) void fetchNextPage()
  }, [goesOn, isFetchingNextPage, fetchNextPage])
  const unknown = data === undefined || (entries.length === 0 && hasNextPage)
  return (
    <>
      {unknown ? error === null && <Loading /> : children(entries)}
      {error !== null && (
        <ErrorNote error={error} onRetry={() => void (isFetchNextPageError ? fetchNextPage() : refetch())} />
      )}
      {hasNextPage && !goesOn && (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.more}
        </Button>
      )}
    </>
  )
}
