import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useToast } from '../../ui/toast.tsx'
import { historyTexts } from './texts.ts'

type RemoveProps = { id: string; when: string; onGone: () => void }

/** Deletes a generation after a question. `onGone` is called when it has left the list. */
export const Remove = ({ id, when, onGone }: RemoveProps) => {
  const text = useTexts(historyTexts)
  const toast = useToast()
  const { recto } = usePerson()
  const queries = useQueryClient()
  const [isAsked, setIsAsked] = useState(false)
  const isRemoved = useRef(false)
  const gone = useRef(onGone)
  gone.current = onGone
  useEffect(() => () => void (isRemoved.current && gone.current()), [])
  const remove = useMutation({
    mutationFn: () => recto.remove(id),
    onSuccess: () => {
      isRemoved.current = true
      setIsAsked(false)
      toast({ text: text.removed })
      void queries.invalidateQueries()
    },
  })
  return (
    <>
      <Button
        onClick={() => {
          remove.reset()
          setIsAsked(true)
        }}
      >
        {text.remove}
      </Button>
      {isAsked && (
        <Dialog title={text.removeTitle(when)} onClose={() => setIsAsked(false)}>
          <p>{text.removeWhat}</p>
          {remove.error && <ErrorNote error={remove.error} />}
          <div className="row">
            <Button kind="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              {text.removeNow}
            </Button>
            <Button onClick={() => setIsAsked(false)}>{text.keep}</Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
