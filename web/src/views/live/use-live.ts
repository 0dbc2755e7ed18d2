import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useReducer, useState } from 'react'
import { usePerson } from '../../session/person.tsx'
import { afterEvent, atFirst, type LiveState } from './live-state.ts'

/** How long a page may stay open at a generation that is not over, in milliseconds. */
const WATCH_MS = 24 * 60 * 60_000

type Step = Parameters<typeof afterEvent>[1] | { type: 'begin' }
const reduce = (state: LiveState, step: Step): LiveState => (step.type === 'begin' ? atFirst : afterEvent(state, step))

/**
 * Follows a generation by its events until it is over. The client connects again after a restart of the API or a lost
 * network; `retry` begins anew after an error that it cannot mend.
 */
export const useLive = (id: string) => {
  const { recto } = usePerson()
  const queries = useQueryClient()
  const [state, step] = useReducer(reduce, atFirst)
  const [error, setError] = useState<unknown>(null)
  const [tries, setTries] = useState(0)

  useEffect(() => {
    const controller = new AbortController()
    const follow = async () => {
      step({ type: 'begin' })
      setError(null)
      for await (const event of recto.stream(id, { signal: controller.signal, timeoutMs: WATCH_MS })) step(event)
      // The limits of the account, its usage and its lists have changed.
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'source' })
    }
    follow().catch((reason: unknown) => {
      if (!controller.signal.aborted) setError(reason)
    })
    return () => controller.abort()
  }, [id, recto, queries, tries])

  return { state, error, retry: () => setTries(tries + 1) }
}
