import { type Client, isRectoError, type Suggestion } from '@recto/client'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { usePerson } from '../../session/person.tsx'
import { type ExportFormat, fileNameOf } from './file-name.ts'
import { saveFile } from './save-file.ts'

export type ExportChoice = { format: ExportFormat; tag: string; generation: string | null }

/** How long something has run, in whole seconds. */
const useSeconds = (isRunning: boolean): number => {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    setSeconds(0)
    if (!isRunning) return
    const timer = setInterval(() => setSeconds((before) => before + 1), 1_000)
    return () => clearInterval(timer)
  }, [isRunning])
  return seconds
}

type List<Entry> = { data: Entry[] }

/** Whether there is no card for a file. A file without cards looks like one that went wrong. */
const isEmpty = async (
  recto: Client,
  { tag, generation }: Omit<ExportChoice, 'format'>,
  signal: AbortSignal,
): Promise<boolean> => {
  if (generation === null) {
    const only = new URLSearchParams({ limit: '1', ...(tag !== '' && { tag }) })
    return (await recto.request<List<unknown>>(`cards?${only}`, { signal })).data.length === 0
  }
  const path = `ai/generations/${encodeURIComponent(generation)}/suggestions`
  const { data } = await recto.request<List<Suggestion>>(path, { signal })
  return data.every(({ card_id }) => card_id === null)
}

/** Makes a file of cards and downloads it. `onDone` gets its name, or null when there is no card for it. */
export const useExport = (onDone: (name: string | null) => void) => {
  const { recto } = usePerson()
  const running = useRef<AbortController | null>(null)
  const cancel = () => running.current?.abort()
  // Who closes the dialog has cancelled it.
  useEffect(() => cancel, [])

  const make = useMutation({
    mutationFn: async ({ format, tag, generation }: ExportChoice) => {
      running.current = new AbortController()
      const { signal } = running.current
      if (await isEmpty(recto, { tag, generation }, signal)) return null
      const only = { ...(tag !== '' && { tag }), ...(generation !== null && { generation_id: generation }) }
      const file = await recto.cards.export(format, { signal, ...only })
      const name = fileNameOf(format, { tag, generation })
      saveFile(file, name)
      return name
    },
    onSuccess: onDone,
  })
  const isStopped = isRectoError(make.error) && make.error.code === 'aborted'
  return {
    make: make.mutate,
    cancel,
    isRunning: make.isPending,
    seconds: useSeconds(make.isPending),
    isStopped,
    error: isStopped ? null : make.error,
  }
}
