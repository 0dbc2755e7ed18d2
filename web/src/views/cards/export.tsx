import { type FormEvent, useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { cleanTag } from './address.ts'
import { type ExportFormat, exportFormats } from './file-name.ts'
import { fileTexts } from './file-texts.ts'
import { TagInput } from './tag-input.tsx'
import { useExport } from './use-export.ts'

const FormatField = ({ format, onChange }: { format: ExportFormat; onChange: (format: ExportFormat) => void }) => {
  const text = useTexts(fileTexts)
  const names = Object.keys(exportFormats) as ExportFormat[]
  return (
    <Field label={text.format} hint={text[`${format}Hint`]}>
      {(props) => (
        <select {...props} value={format} onChange={(event) => onChange(event.target.value as ExportFormat)}>
          {names.map((name) => (
            <option key={name} value={name}>
              {text[name]}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

type ExportProps = { tag: string; search: string; generation: string | null; onClose: () => void }

/** A dialog that downloads cards as a file: all, those with a tag, or those of a generation. Closing it cancels. */
export const Export = ({ tag: firstTag, search, generation, onClose }: ExportProps) => {
  const text = useTexts(fileTexts)
  const toast = useToast()
  const { duration } = useFormat()
  const [format, setFormat] = useState<ExportFormat>('apkg')
  const [typed, setTyped] = useState(firstTag)
  const [ofGeneration, setOfGeneration] = useState(generation !== null)
  const [isEmpty, setIsEmpty] = useState(false)
  const { make, cancel, isRunning, seconds, isStopped, error } = useExport((name) => {
    setIsEmpty(name === null)
    if (name === null) return
    toast({ text: text.downloaded(name) })
    onClose()
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    setIsEmpty(false)
    make({ format, tag: cleanTag(typed), generation: ofGeneration ? generation : null })
  }
  return (
    <Dialog title={text.exportTitle} onClose={onClose}>
      <form onSubmit={send}>
        <FormatField format={format} onChange={setFormat} />
        <Field label={text.onlyTag} hint={text.onlyTagHint} error={isEmpty ? text.nothing : null}>
          {(props) => <TagInput {...props} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
        {generation !== null && (
          <p>
            <label className="choice">
              <input
                type="checkbox"
                checked={ofGeneration}
                onChange={(event) => setOfGeneration(event.target.checked)}
              />
              {text.onlyGeneration}
            </label>
          </p>
        )}
        {search !== '' && <p className="hint">{text.notSearched}</p>}
        <p role="status">{isRunning ? text.making : isStopped ? text.stopped : ''}</p>
        {error !== null && <ErrorNote error={error} />}
        <div className="row">
          <Button kind="primary" type="submit" busy={isRunning}>
            {text.download}
          </Button>
          {isRunning && <Button onClick={cancel}>{text.cancel}</Button>}
          {/* It changes each second, and is not read out. */}
          {isRunning && seconds > 0 && <span className="hint">{duration(seconds)}</span>}
        </div>
      </form>
    </Dialog>
  )
}
