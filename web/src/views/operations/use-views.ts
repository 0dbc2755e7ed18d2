import type {
  OperatorAccountCost,
  OperatorFailure,
  OperatorGenerations,
  OperatorLatestFailure,
  OperatorProviderKey,
  OperatorQueueBand,
  OperatorRoute,
  OperatorStuck,
  OperatorWorker,
} from '@recto/client'
import { useQuery } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'

/** The rows of a view of operators, and when they were read. */
export type ViewOf<Row> = { data: Row[]; truncated: boolean; read_at: string }

/** The API reads a view once in so many milliseconds at most, whoever asks. */
const REFRESH_MS = 5_000
/** A view that takes longer is told as slow, and asked for again with the next refresh. */
const TIMEOUT_MS = 5_000

/** A view, read again and again while the page is visible and `isPaused` is false. */
const useView = <Row>(name: string, isPaused: boolean) => {
  const { recto } = usePerson()
  return useQuery({
    queryKey: ['operator', name],
    queryFn: ({ signal }) => recto.request<ViewOf<Row>>(`operator/${name}`, { signal, timeoutMs: TIMEOUT_MS }),
    refetchInterval: isPaused ? false : REFRESH_MS,
  })
}

/** All views of operators. */
export const useViews = (isPaused: boolean) => ({
  generations: useView<OperatorGenerations>('generations', isPaused),
  stuck: useView<OperatorStuck>('stuck', isPaused),
  routes: useView<OperatorRoute>('routes', isPaused),
  keys: useView<OperatorProviderKey>('provider-keys', isPaused),
  queue: useView<OperatorQueueBand>('queue', isPaused),
  workers: useView<OperatorWorker>('workers', isPaused),
  failures: useView<OperatorFailure>('failures', isPaused),
  latest: useView<OperatorLatestFailure>('latest-failures', isPaused),
  costs: useView<OperatorAccountCost>('cost-by-account', isPaused),
})
export type Views = ReturnType<typeof useViews>
