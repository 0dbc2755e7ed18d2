import type { Card } from '@recto/client'
import type { InfiniteData, QueryClient } from '@tanstack/react-query'

type Pages = InfiniteData<{ data: Card[] }>

/** What depends on the person's cards, and is read again after a change. */
const dependent = ['cards', 'due', 'tags']

const invalidate = (queries: QueryClient): void => {
  for (const name of dependent) void queries.invalidateQueries({ queryKey: [name] })
}

const changePages = (queries: QueryClient, change: (cards: Card[]) => Card[]): void => {
  queries.setQueriesData<Pages>(
    { queryKey: ['cards'] },
    (read) => read && { ...read, pages: read.pages.map((page) => ({ ...page, data: change(page.data) })) },
  )
  invalidate(queries)
}

/** Shows a card as the API has answered it, in each list that has it. */
export const showChanged = (queries: QueryClient, card: Card): void => {
  queries.setQueryData(['card', card.id], card)
  changePages(queries, (cards) => cards.map((one) => (one.id === card.id ? card : one)))
}

/** Takes a card that is deleted out of each list. */
export const showRemoved = (queries: QueryClient, id: string): void => {
  queries.removeQueries({ queryKey: ['card', id] })
  changePages(queries, (cards) => cards.filter((one) => one.id !== id))
}

/** Reads the lists again, which may have other cards now. */
export const showAdded = invalidate
