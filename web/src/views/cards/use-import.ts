import type { CardImport } from '@recto/client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { useToast } from '../../ui/toast.tsx'
import { fileTexts } from './file-texts.ts'
import { type FileProblem, type ImportFile, type ImportFormat, readImportFile } from './import-file.ts'
import { showAdded } from './stored.ts'

/** Files that were chosen on this page, to tell the check of one from that of another. */
let chosenBefore = 0

/** Checks a file when it is chosen, and imports exactly what was checked. */
export const useImport = (file: File | null, onClose: () => void) => {
  const { recto } = usePerson()
  const queries = useQueryClient()
  const toast = useToast()
  const text = useTexts(fileTexts)
  const format = useFormat()
  const [chosen, setChosen] = useState<(ImportFile & { number: number }) | null>(null)
  const [problem, setProblem] = useState<FileProblem | null>(null)

  useEffect(() => {
    if (file === null) return
    let isOld = false
    void readImportFile(file).then((read) => {
      if (isOld) return
      chosenBefore += 1
      setProblem(typeof read === 'string' ? read : null)
      setChosen(typeof read === 'string' ? null : { ...read, number: chosenBefore })
    })
    return () => {
      isOld = true
    }
  }, [file])

  const check = useQuery({
    queryKey: ['import', chosen?.number, chosen?.format],
    queryFn: ({ signal }): Promise<CardImport> =>
      recto.cards.import(chosen?.format ?? 'anki', chosen?.content ?? '', { dryRun: true, signal }),
    enabled: chosen !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const store = useMutation({
    mutationFn: ({ format, content }: ImportFile) => recto.cards.import(format, content),
    onSuccess: ({ created, updated }) => {
      showAdded(queries)
      toast({ text: text.imported(format.number(created), format.number(updated)) })
    },
  })
  return {
    chosen,
    problem,
    check,
    readAs: (format: ImportFormat) => setChosen(chosen && { ...chosen, format }),
    isStoring: store.isPending,
    storeError: store.error,
    // The dialog of another file stays open.
    store: () => chosen && store.mutate(chosen, { onSuccess: onClose }),
  }
}
