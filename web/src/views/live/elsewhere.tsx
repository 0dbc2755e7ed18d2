import type { Generation } from '@recto/client'
import { describeFailure } from '../../errors/describe-error.ts'
import { useLanguage, useTexts } from '../../i18n/language.tsx'
import { useKindName } from '../../kinds/use-kind-name.ts'
import { Note } from '../../ui/error-note.tsx'
import { historyTexts } from '../history/texts.ts'
import { liveTexts } from './texts.ts'

type ElsewhereProps = { generation: Generation; requestId: string | null }

/** A generation of a kind that has no view here: how far it is, why it failed, or where its result is read. */
export const Elsewhere = ({ generation: { id, kind, status, error }, requestId }: ElsewhereProps) => {
  const text = useTexts(liveTexts)
  const states = useTexts(historyTexts)
  const { language } = useLanguage()
  const nameOf = useKindName()
  return (
    <>
      <h1>{nameOf(kind)}</h1>
      <p role="status">{states[status]}</p>
      {status === 'failed' && (
        <Note described={describeFailure(error, language, requestId ?? error?.provider_request_id ?? null)} />
      )}
      {status !== 'failed' && status !== 'cancelled' && (
        <>
          <p>{text.elsewhere}</p>
          <p>
            <code>GET /api/ai/generations/{id}/result</code>
          </p>
        </>
      )}
    </>
  )
}
