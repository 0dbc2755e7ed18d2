import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { fileTexts } from './file-texts.ts'
import { ImportCheck } from './import-check.tsx'
import type { ImportFormat } from './import-file.ts'
import { useImport } from './use-import.ts'

type ImportProps = { file: File | null; onFile: (file: File) => void; onClose: () => void }

/** A dialog that imports cards of a file: it shows what would change, and then imports all or nothing. */
export const Import = ({ file, onFile, onClose }: ImportProps) => {
  const text = useTexts(fileTexts)
  const { chosen, problem, check, readAs, isStoring, storeError, store } = useImport(file, onClose)
  const { data: result } = check
  const isReady = result !== undefined && result.issues.length === 0 && result.created + result.updated > 0
  return (
    <Dialog title={text.importTitle} onClose={onClose}>
      <Field label={text.file} hint={text.importHint} error={problem === null ? null : text[problem]}>
        {(props) => (
          <input
            {...props}
            type="file"
            accept=".csv,.txt,.tsv,text/csv,text/plain"
            // The same file can be chosen again.
            onClick={(event) => {
              event.currentTarget.value = ''
            }}
            onChange={(event) => {
              const [first] = event.target.files ?? []
              if (first) onFile(first)
            }}
          />
        )}
      </Field>
      {chosen !== null && (
        <Field label={text.readAs}>
          {(props) => (
            <select {...props} value={chosen.format} onChange={(event) => readAs(event.target.value as ImportFormat)}>
              <option value="csv">{text.csvFile}</option>
              <option value="anki">{text.ankiFile}</option>
            </select>
          )}
        </Field>
      )}
      {check.isFetching && <p role="status">{text.checking}</p>}
      {check.error !== null && <ErrorNote error={check.error} onRetry={() => void check.refetch()} />}
      {chosen !== null && result !== undefined && <ImportCheck name={chosen.name} result={result} />}
      {storeError !== null && <ErrorNote error={storeError} />}
      {isReady && (
        <Button kind="primary" busy={isStoring} onClick={store}>
          {text.importNow}
        </Button>
      )}
    </Dialog>
  )
}
