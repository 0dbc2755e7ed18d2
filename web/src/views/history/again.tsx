import type { Generation } from '@recto/client'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { home } from '../../router/routes.ts'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import type { Draft } from '../create/draft.ts'
import { readDraft, writeDraft } from '../create/kept-draft.ts'
import { draftOf, type Origin, wouldLose } from './draft-of.ts'
import { historyTexts } from './texts.ts'

/** Leads to Create with the text and the options of a generation. Asks first when another text stands there. */
export const Again = ({ generation }: { generation: Generation }) => {
  const text = useTexts(historyTexts)
  const { id: person, rest } = usePerson()
  const [asked, setAsked] = useState<Draft | null>(null)
  const begin = (draft: Draft) => {
    writeDraft(person, draft)
    goTo(home)
  }
  const read = useMutation({
    mutationFn: async () => {
      const path = `ai_generations?select=source_text,data_residency&id=eq.${generation.id}`
      const [origin] = await rest.select<Origin[]>(path)
      return origin === undefined ? null : draftOf(generation, origin)
    },
    onSuccess: (draft) => {
      if (draft === null) return
      if (wouldLose(readDraft(person), draft)) setAsked(draft)
      else begin(draft)
    },
  })
  return (
    <>
      <Button busy={read.isPending} onClick={() => read.mutate()}>
        {text.again}
      </Button>
      {read.error && <ErrorNote error={read.error} />}
      {read.data === null && <p role="status">{text.noText}</p>}
      {asked && (
        <Confirm
          title={text.replace}
          action={text.replaceNow}
          work={async () => begin(asked)}
          onClose={() => setAsked(null)}
        >
          <p>{text.replaceWhat}</p>
        </Confirm>
      )}
    </>
  )
}
