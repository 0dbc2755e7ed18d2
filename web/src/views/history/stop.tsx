import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { historyTexts } from './texts.ts'

/** Stops a live generation. `onStopped` is called when it was: the button goes. */
export const Stop = ({ id, onStopped }: { id: string; onStopped: () => void }) => {
  const text = useTexts(historyTexts)
  const { recto } = usePerson()
  const queries = useQueryClient()
  const stop = useMutation({
    mutationFn: () => recto.cancel(id),
    onSuccess: () => {
      onStopped()
      return queries.invalidateQueries()
    },
  })
  return (
    <>
      <Button busy={stop.isPending} onClick={() => stop.mutate()}>
        {text.stop}
      </Button>
      {stop.error && <ErrorNote error={stop.error} />}
    </>
  )
}
