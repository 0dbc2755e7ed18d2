import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
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
  const remove = async () => {
    await recto.remove(id)
    isRemoved.current = true
    toast({ text: text.removed })
    void queries.invalidateQueries()
  }
  return (
    <>
      <Button onClick={() => setIsAsked(true)}>{text.remove}</Button>
      {isAsked && (
        <Confirm title={text.removeTitle(when)} action={text.removeNow} work={remove} onClose={() => setIsAsked(false)}>
          <p>{text.removeWhat}</p>
        </Confirm>
      )}
    </>
  )
}
