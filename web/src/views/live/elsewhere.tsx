import type { Generation } from '@recto/client'
import { useTexts } from '../../i18n/language.tsx'
import { useKindName } from '../../kinds/use-kind-name.ts'
import { historyTexts } from '../history/texts.ts'
import { liveTexts } from './texts.ts'

/** A generation of a kind that has no view here: how far it is, and where its result is read. */
export const Elsewhere = ({ generation: { id, kind, status } }: { generation: Generation }) => {
  const text = useTexts(liveTexts)
  const states = useTexts(historyTexts)
  const nameOf = useKindName()
  return (
    <>
      <h1>{nameOf(kind)}</h1>
      <p role="status">{states[status]}</p>
      <p>{text.elsewhere}</p>
      <p>
        <code>GET /api/ai/generations/{id}/result</code>
      </p>
    </>
  )
}
