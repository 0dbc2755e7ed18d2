import { useRef, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { readTab, writeTab } from '../../tab-store.ts'
import { useToast } from '../../ui/toast.tsx'
import { readTextFile } from '../create/read-file.ts'
import { createTexts } from '../create/texts.ts'
import { type Draft, type DraftFile, emptyDraft, withContent, withFile } from './draft.ts'

/** What the person is writing. A reload of the tab does not lose it. */
export const useDraft = () => {
  const { id } = usePerson()
  const name = `code.${id}`
  const text = useTexts(createTexts)
  const toast = useToast()
  const [draft, setDraft] = useState(() => readTab<Draft>(name) ?? emptyDraft())
  /** The names of files that cannot be taken, and why. */
  const [unread, setUnread] = useState('')
  // Files are read one after another, each into what the one before has left.
  const latest = useRef(draft)
  const set = (next: Draft): void => {
    latest.current = next
    writeTab(name, next)
    setDraft(next)
  }
  const setFiles = (step: (files: DraftFile[]) => DraftFile[]): void =>
    set({ ...latest.current, files: step(latest.current.files) })

  return {
    draft,
    unread,
    write: (instructions: string): void => set({ ...latest.current, instructions }),
    clear: (): void => set(emptyDraft()),
    add: (): void => setFiles(withFile),
    remove: (key: string): void => setFiles((files) => files.filter((file) => file.key !== key)),
    change: (key: string, changes: Partial<DraftFile>): void =>
      setFiles((files) => files.map((file) => (file.key === key ? { ...file, ...changes } : file))),
    take: async (files: File[]): Promise<void> => {
      const problems: string[] = []
      for (const file of files) {
        const read = await readTextFile(file)
        if ('problem' in read) problems.push(`${file.name}: ${text[read.problem]}`)
        else setFiles((now) => withContent(now, file.name, read.text))
      }
      setUnread(problems.join(' '))
      if (problems.length < files.length) toast({ text: text.took(files.map((file) => file.name).join(', ')) })
    },
  }
}
