import { type Card, isRectoError } from '@recto/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { useToast } from '../../ui/toast.tsx'
import { changeQuery } from './address.ts'
import { contentOf, type Draft, draftOf, emptyDraft, saysSame } from './card-draft.ts'
import { showAdded, showChanged } from './stored.ts'
import { cardsTexts } from './texts.ts'
import { isGone, useCard } from './use-card.ts'
import { useDraft } from './use-draft.ts'

/** The `open` of the address for a card that is not there yet. */
export const newCard = 'new'

/** Where the answer of a request was lost, what it asked for may be done. */
const isAnswered = (error: unknown) => isRectoError(error) && 'problem' in error && error.status < 500

/** Another tab was there before. */
const isOvertaken = (error: unknown) => isGone(error) || (isRectoError(error) && error.code === 'precondition_failed')

/** The editing of a card: what is typed, what is stored meanwhile, and what becomes of both. */
export const useEditor = (id: string, onClose: () => void) => {
  const text = useTexts(cardsTexts)
  const { recto } = usePerson()
  const queries = useQueryClient()
  const toast = useToast()
  const isNew = id === newCard
  const stored = useCard(isNew ? null : id)
  const { kept, keep } = useDraft(id)
  const wasKept = useRef(kept !== null)
  const card = stored.data ?? null
  const draft = kept?.draft ?? (isNew ? emptyDraft : card && draftOf(card))
  const isDeleted = !isNew && isGone(stored.error)
  const isMoved = kept?.base != null && card !== null && card.updated_at !== kept.base.updated_at

  const finish = (said: string) => {
    keep(null)
    toast({ text: said })
  }
  const save = useMutation({
    // It is told what to save: a function that is given to a mutation is replaced some time after a render, not with it.
    mutationFn: ({ base, content }: { base: Card | null; content: ReturnType<typeof contentOf> }) =>
      base === null ? recto.cards.add(content) : recto.cards.change(base, content),
    onSuccess: (answer, { base }) => {
      if (base === null) showAdded(queries)
      else showChanged(queries, answer)
      finish(base === null ? text.added : text.saved)
    },
    onError: () => (isNew ? showAdded(queries) : void stored.refetch()),
  })

  // Why it failed is told by what is stored now, which is on its way.
  const isLookedUp = stored.isFetching && isOvertaken(save.error)

  // The answer was lost, or another tab has saved the same: what is typed is stored.
  const hasArrived = save.error !== null && isMoved && draft !== null && saysSame(draftOf(card), draft)
  useEffect(() => {
    if (!hasArrived || card === null) return
    showChanged(queries, card)
    finish(text.saved)
    onClose()
  })

  return {
    draft,
    card,
    isNew,
    isDeleted,
    /** What another tab has stored since the typing began; null when it has stored nothing. */
    theirs: isMoved && !isDeleted && draft !== null && !saysSame(draftOf(card), draft) ? card : null,
    hasChanges: kept !== null,
    wasKept: wasKept.current && kept !== null,
    loadError: draft === null ? stored.error : null,
    reload: () => void stored.refetch(),
    isSaving: save.isPending || isLookedUp,
    error: isDeleted || isMoved || isLookedUp ? null : save.error,
    isPerhapsAdded: (isNew || isDeleted) && save.error !== null && !isAnswered(save.error),
    type: (changes: Partial<Draft>) =>
      keep({ draft: { ...(draft ?? emptyDraft), ...changes }, base: kept ? kept.base : card }),
    /** Saves over the version that is stored now, or adds a card where there is none. */
    save: () => {
      const base = isNew || isDeleted ? null : (card ?? kept?.base ?? null)
      save.mutate({ base, content: contentOf(draft ?? emptyDraft) }, { onSuccess: onClose })
    },
    discard: () => {
      const before = kept
      keep(null)
      if (isMoved) showChanged(queries, card)
      onClose()
      const undo = () => {
        keep(before)
        changeQuery({ open: id })
      }
      toast({ text: text.discarded, action: { label: text.undo, run: undo } })
    },
  }
}
