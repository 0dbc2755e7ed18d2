import { type DragEvent, useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { textBounds } from './bounds.ts'
import { type FileProblem, readTextFile } from './read-file.ts'
import { createTexts } from './texts.ts'

type TextFieldProps = {
  value: string
  /** In code points, as the API counts. */
  length: number
  most: number
  error: string | null
  onChange: (text: string) => void
}

/** Where the text is written, pasted, or dropped as a file. */
export const TextField = ({ value, length, most, error, onChange }: TextFieldProps) => {
  const text = useTexts(createTexts)
  const format = useFormat()
  const toast = useToast()
  const [fileProblem, setFileProblem] = useState<FileProblem | null>(null)
  const [isOver, setIsOver] = useState(false)

  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    const read = await readTextFile(file)
    setFileProblem('problem' in read ? read.problem : null)
    if (!('text' in read)) return
    onChange(read.text)
    toast({ text: text.took(file.name) })
  }
  const over = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    setIsOver(true)
  }
  const drop = (event: DragEvent) => {
    setIsOver(false)
    const file = event.dataTransfer.files[0]
    if (file === undefined) return
    event.preventDefault()
    void take(file)
  }
  const wrong =
    length > 0 && length < textBounds.min
      ? text.missing(format.number(textBounds.min - length))
      : length > most
        ? text.surplus(format.number(length - most))
        : ''
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file can also be chosen by the control below
    <div className={isOver ? 'drop over' : 'drop'} onDragOver={over} onDragLeave={() => setIsOver(false)} onDrop={drop}>
      <Field
        label={text.text}
        error={fileProblem === null ? error : text[fileProblem]}
        hint={`${text.textHint} ${text.count(format.number(length), format.number(most))}${wrong}.`}
      >
        {(props) => (
          <textarea
            {...props}
            rows={16}
            value={value}
            onChange={(event) => {
              setFileProblem(null)
              onChange(event.target.value)
            }}
          />
        )}
      </Field>
      <Field label={text.file}>
        {(props) => (
          <input
            {...props}
            type="file"
            accept=".txt,.md,text/plain,text/markdown"
            onChange={(event) => {
              void take(event.target.files?.[0])
              // The same file can be chosen again.
              event.target.value = ''
            }}
          />
        )}
      </Field>
    </div>
  )
}
