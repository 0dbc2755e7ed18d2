import { type Card, isRectoError } from '@recto/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useToast } from '../../ui/toast.tsx'
import { draftOf } from './card-draft.ts'
import { showRemoved } from './stored.ts'
import { cardsTexts } from './texts.ts'
import { useCard } from './use-card.ts'
import { useDraft } from './use-draft.ts'
import { Content } from './version.tsx'

type RemoveProps = { card: Card; onClose: () => void; onRemoved: () => void }

/** Asks before a card is deleted, and once more when another tab has changed it meanwhile. */
export const Remove = ({ card, onClose, onRemoved }: RemoveProps) => {
  const text = useTexts(cardsTexts)
  const { recto } = usePerson()
  const queries = useQueryClient()
  const toast = useToast()
  const { keep } = useDraft(card.id)
  /** What the person has agreed to delete. */
  const [seen, setSeen] = useState(card)
  const stored = useCard(card.id)
  const remove = useMutation({
    mutationFn: (agreed: Card) => recto.cards.remove(agreed),
    onSuccess: () => {
      keep(null)
      showRemoved(queries, card.id)
      toast({ text: text.removed })
    },
    onError: async (error) => {
      if (!isRectoError(error) || error.code !== 'precondition_failed') return
      const { data } = await stored.refetch()
      if (data) setSeen(data)
    },
  })
  const isChanged = seen !== card
  const isLookedUp = stored.isFetching && remove.isError
  return (
    <Dialog title={text.removeTitle} onClose={onClose}>
      {isChanged && (
        <p className="note warn" role="alert">
          {text.changedBefore}
        </p>
      )}
      <Content draft={draftOf(seen)} />
      <p>{text.removeHint}</p>
      {remove.error !== null && !isChanged && !isLookedUp && <ErrorNote error={remove.error} />}
      <div className="row">
        <Button
          kind="danger"
          busy={remove.isPending || isLookedUp}
          onClick={() => remove.mutate(seen, { onSuccess: onRemoved })}
        >
          {text.removeNow}
        </Button>
        <Button onClick={onClose}>{text.keep}</Button>
      </div>
    </Dialog>
  )
}
