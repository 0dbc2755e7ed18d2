import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { goTo, placeOf } from '../../router/route.ts'
import { usePerson } from '../../session/person.tsx'
import { readTab, tabWriter } from '../../tab-store.ts'
import { type Submission, submissionOf } from './draft.ts'

/** For the answer of a submission, with the client's own repetitions, in milliseconds. */
const SUBMIT_MS = 20_000

type Submitting<Body> = {
  /** The path of the view that submits. */
  from: string
  /** Is called with the new generation, and answers the path of its view. */
  onAccepted: (generationId: string, body: Body) => string
}

/**
 * Submits a generation and goes to its view. The submission is kept in the tab until it is answered: after a reload in
 * between it is sent again with the same key.
 */
export const useSubmit = <Body>({ from, onAccepted }: Submitting<Body>) => {
  const { id, accountId, recto } = usePerson()
  const queries = useQueryClient()
  const name = `submission.${id}.${from}`
  const [write] = useState(tabWriter)
  const mutation = useMutation({
    mutationFn: (submission: Submission<Body>) => {
      write(name, { ...submission, underWay: true })
      return recto.request<{ generation_id: string }>('ai/generations', {
        method: 'POST',
        body: submission.body,
        headers: { 'idempotency-key': submission.key },
        timeoutMs: SUBMIT_MS,
      })
    },
    onSuccess: ({ generation_id }, { body }) => {
      write(name, null)
      void queries.invalidateQueries({ queryKey: ['limits'] })
      const path = onAccepted(generation_id, body)
      // Who has gone elsewhere meanwhile stays there, and finds the generation in the history.
      if (placeOf(location.hash).path === from) goTo(path)
    },
    // The person may change it now. The same again keeps its key.
    onError: (_error, submission) => write(name, submission),
  })

  // Once, when the view opens: a reload came between the submission and its answer.
  const resent = useRef(false)
  const { mutate } = mutation
  useEffect(() => {
    const last = readTab<Submission<Body> & { underWay?: boolean }>(name)
    if (resent.current || !last?.underWay || last.account !== accountId) return
    resent.current = true
    const { key, account, body } = last
    mutate({ key, account, body })
  }, [accountId, mutate, name])

  return {
    isSending: mutation.isPending,
    error: mutation.error,
    submit: (body: Body) => mutate(submissionOf(readTab<Submission<Body>>(name), accountId, body)),
  }
}
