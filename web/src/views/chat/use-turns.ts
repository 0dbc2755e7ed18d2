import type { Generation } from '@recto/client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { goTo, placeOf } from '../../router/route.ts'
import { usePerson } from '../../session/person.tsx'

/** For the answer of a submission, with the client's own repetitions, in milliseconds. */
const SUBMIT_MS = 20_000

/** A message of the person with the answer to it. */
export type Turn = Pick<Generation, 'id' | 'status' | 'error'> & {
  output: { message: { content: string }; finish: 'complete' | 'length' | 'stopped' } | null
  request_id: string | null
  conversation_id: string | null
  said: string
}

const columns = 'id,status,error,output,request_id,conversation_id,said:input->messages->-1->>content'

/** The turns of a conversation, in order; of none, no turns. */
export const useTurns = (id: string | undefined) => {
  const { rest } = usePerson()
  return useQuery({
    queryKey: ['turns', id ?? null],
    queryFn: ({ signal }): Promise<Turn[]> => {
      if (id === undefined) return Promise.resolve([])
      const of = encodeURIComponent(id)
      const filter = `kind=eq.chat&or=(id.eq.${of},conversation_id.eq.${of})&order=created_at,id`
      return rest.select(`ai_generations?select=${columns}&${filter}`, signal)
    },
  })
}

/** A message under the key that makes it one generation, however often it is sent. */
type Message = { key: string; content: string }

/** The message to send: the one that has just failed when it says the same, or else one with a key of its own. */
export const messageOf = (failed: Message | undefined, content: string): Message =>
  failed?.content === content
    ? failed
    : { key: `console-${crypto.getRandomValues(new BigUint64Array(2)).join('-')}`, content }

/** Says something in a conversation, or in a new one, to whose address it then goes. */
export const useSay = (id: string | undefined, onAccepted: () => void) => {
  const { recto } = usePerson()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ key, content }: Message) =>
      recto.request<{ generation_id: string }>('ai/generations', {
        method: 'POST',
        body: { kind: 'chat', messages: [{ role: 'user', content }], ...(id !== undefined && { conversation_id: id }) },
        headers: { 'idempotency-key': key },
        timeoutMs: SUBMIT_MS,
      }),
    onSuccess: async ({ generation_id }) => {
      await queries.invalidateQueries({ queryKey: ['turns'] })
      onAccepted()
      if (id === undefined && placeOf(location.hash).path === '/chat') goTo(`/chat/${generation_id}`)
    },
  })
}
