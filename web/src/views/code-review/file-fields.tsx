import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import type { DraftFile, PathProblem } from './draft.ts'
import { codeTexts } from './texts.ts'

type FileFieldsProps = {
  file: DraftFile
  problem: PathProblem | null
  onChange: (changes: Partial<DraftFile>) => void
  onRemove: () => void
  /** The only file stays. */
  isOnly: boolean
}

/** The path and the code of one file. */
export const FileFields = ({ file, problem, onChange, onRemove, isOnly }: FileFieldsProps) => {
  const { path, content } = file
  const text = useTexts(codeTexts)
  return (
    <fieldset className="panel code-file">
      <legend className="visually-hidden">{path || text.code}</legend>
      <Field label={text.path} hint={text.pathHint} error={problem && text[problem]}>
        {(props) => (
          <input
            {...props}
            value={path}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => onChange({ path: target.value.trim() })}
          />
        )}
      </Field>
      <Field label={text.code}>
        {(props) => (
          <textarea
            {...props}
            rows={10}
            wrap="off"
            spellCheck={false}
            value={content}
            onChange={({ target }) => onChange({ content: target.value })}
          />
        )}
      </Field>
      {!isOnly && <Button onClick={onRemove}>{text.remove(path || text.code)}</Button>}
    </fieldset>
  )
}
