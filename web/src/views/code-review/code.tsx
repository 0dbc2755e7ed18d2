import type { Finding } from '@recto/client'
import { useMemo, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Source } from '../../suggestion/source.tsx'
import { Field } from '../../ui/field.tsx'
import { type CodeFile, quotesOf } from './places.ts'
import { codeTexts } from './texts.ts'

const none: Finding[] = []
type CodeProps = { files: CodeFile[] | null; findings?: Finding[]; active?: Finding | undefined }

/** One file of the review with the lines of its findings: that of the active one, until another file is chosen. */
export const Code = ({ files, findings = none, active }: CodeProps) => {
  const text = useTexts(codeTexts)
  const [chosen, setChosen] = useState<{ path: string; during: string | undefined } | null>(null)
  const path = chosen !== null && chosen.during === active?.id ? chosen.path : active?.path
  const file = files?.find((one) => one.path === path) ?? files?.[0]
  const quotes = useMemo(
    () =>
      file
        ? quotesOf(
            file.content,
            findings.filter((one) => one.path === file.path),
          )
        : [],
    [file, findings],
  )
  if (files === null || file === undefined) return <p className="hint source-side">{text.noCode}</p>
  return (
    <div className="source-side">
      {files.length > 1 && (
        <Field label={text.file}>
          {(props) => (
            <select
              {...props}
              value={file.path}
              onChange={({ target }) => setChosen({ path: target.value, during: active?.id })}
            >
              {files.map((one) => (
                <option key={one.path}>{one.path}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Source
        key={file.path}
        text={file.content}
        quotes={quotes}
        active={active?.id ?? null}
        label={file.path}
        isCode
      />
    </div>
  )
}
