import { useTexts } from '../i18n/language.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { type Quote, Source } from './source.tsx'
import { suggestionTexts } from './texts.ts'
import type { useSource } from './use-source.ts'

type SourceOfProps = { source: ReturnType<typeof useSource>; quotes: Quote[]; active: string | null }

/** The text of a generation with its quotes, or why it is not there. */
export const SourceOf = ({ source, quotes, active }: SourceOfProps) => {
  const text = useTexts(suggestionTexts)
  const { data, error, refetch } = source
  if (data === null) return null
  return (
    <div className="source-side">
      <h2>{text.source}</h2>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data !== undefined &&
        (data.source_text === null ? (
          <p className="hint">{text.noSource}</p>
        ) : (
          <Source text={data.source_text} quotes={quotes} active={active} label={text.source} />
        ))}
    </div>
  )
}
