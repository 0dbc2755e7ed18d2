import { type Client, createClient } from '@recto/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { readSetting, writeSetting } from '../settings.ts'
import { type Connection, createConnection } from './connection.ts'
import { patientToken } from './patient-token.ts'
import { createRest, type Rest } from './rest.ts'
import { useAccess } from './session.tsx'

type Person = {
  id: string
  email: string
  /** Claims that only an operator of the project can set. */
  appMetadata: Record<string, unknown>
  /** The account that is limited and billed: the person's own (the id of the person), or a team. */
  accountId: string
  chooseAccount(id: string): void
  /** Calls the API as the person, for the account. */
  recto: Client
  rest: Rest
  connection: Connection
  /** What was read for the person, whichever account is chosen. The queries of a view belong to the account. */
  queries: QueryClient
}

const Context = createContext<Person | null>(null)

/** The client repeats what may be repeated, and nothing else is worth another try at once. */
const createQueries = () =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: false, networkMode: 'always', staleTime: 5_000 },
      mutations: { retry: false, networkMode: 'always' },
    },
  })

/** The person who is signed in, and the clients that act for that person. Another person needs another one of these. */
export const PersonProvider = ({ children }: { children: ReactNode }) => {
  const { config, auth, session } = useAccess()
  const user = session?.user
  const id = user?.id ?? ''
  const [chosen, setChosen] = useState<Record<string, string>>({})
  const accountId = chosen[id] ?? readSetting(`account.${id}`) ?? id
  const [queries] = useState(createQueries)
  const [connection] = useState(createConnection)
  const rest = useMemo(() => createRest(config, auth.tokensOf(id)), [config, auth, id])
  const recto = useMemo(() => {
    const account = accountId === id ? {} : { account: accountId }
    const getToken = patientToken(auth.tokensOf(id))
    return createClient({ url: location.origin, getToken, fetch: connection.fetch, ...account })
  }, [auth, accountId, id, connection])
  const person = {
    id,
    email: user?.email ?? '',
    appMetadata: user?.app_metadata ?? {},
    accountId,
    chooseAccount: (next: string) => {
      writeSetting(`account.${id}`, next === id ? null : next)
      setChosen({ ...chosen, [id]: next })
    },
    recto,
    rest,
    connection,
    queries,
  }
  return (
    <Context value={person}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </Context>
  )
}

/**
 * What is kept of answers belongs to one account: another one begins with nothing. What asks anew is made anew, because a
 * query stays with the client that it began with.
 */
export const AccountQueries = ({ children }: { children: ReactNode }) => {
  const { accountId } = usePerson()
  const queries = useMemo(createQueries, [accountId])
  return (
    <QueryClientProvider key={accountId} client={queries}>
      {children}
    </QueryClientProvider>
  )
}

export const usePerson = (): Person => {
  const person = useContext(Context)
  if (person === null) throw new Error('there is no PersonProvider above')
  return person
}
