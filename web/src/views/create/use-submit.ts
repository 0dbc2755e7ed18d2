import type { NewGeneration } from '@recto/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { goTo, placeOf } from '../../router/route.ts'
import { home } from '../../router/routes.ts'
import { usePerson } from '../../session/person.tsx'
import { readTab, writeTab } from '../../tab-store.ts'
import { type Submission, submissionOf } from './draft.ts'

/** For the answer of a submission, with the client's own repetitions, in milliseconds. */
const SUBMIT_MS = 20_000

/**
 * Submits a text and goes to its generation. The submission is kept in the tab until it is answered: after a reload in
 * between it is sent again with the same key.
 */
export const useSubmit = (onAccepted: () => void) => {
  const { id, accountId, recto } = usePerson()
  const queries = useQueryClient()
  const name = `submission.${id}`
  const mutation = useMutation({
    mutationFn: (submission: Submission) => {
      writeTab(name, { ...submission, underWay: true })
      return recto.request<{ generation_id: string }>('ai/generations', {
        method: 'POST',
        body: submission.body,
        headers: { 'idempotency-key': submission.key },
        timeoutMs: SUBMIT_MS,
      })
    },
    onSuccess: ({ generation_id }, { body }) => {
      writeTab(name, null)
      // The text is there at once; the rest of the row follows.
      const source = { source_text: body.source_text, request_id: null }
      queries.setQueryData(['source', generation_id], source, { updatedAt: 0 })
      void queries.invalidateQueries({ queryKey: ['limits'] })
      onAccepted()
      // Who has gone elsewhere meanwhile stays there, and finds the generation in the history.
      if (placeOf(location.hash).path === home) goTo(`/generations/${generation_id}`)
    },
    // The person may change the text now. The same text keeps its key.
    onError: (_error, submission) => writeTab(name, submission),
  })

  // Once, when the view opens: a reload came between the submission and its answer.
  const resent = useRef(false)
  const { mutate } = mutation
  useEffect(() => {
    const last = readTab<Submission & { underWay?: boolean }>(name)
    if (resent.current || !last?.underWay || last.account !== accountId) return
    resent.current = true
    const { key, account, body } = last
    mutate({ key, account, body })
  }, [accountId, mutate, name])

  return {
    isSending: mutation.isPending,
    error: mutation.error,
    submit: (body: NewGeneration) => mutate(submissionOf(readTab<Submission>(name), accountId, body)),
  }
}
