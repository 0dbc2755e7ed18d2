import { useTexts } from '../../i18n/language.tsx'
import type { ViewProps } from '../../router/routes.ts'
import { Reviewed } from './reviewed.tsx'
import { Start } from './start.tsx'
import { codeTexts } from './texts.ts'

/** One code review, or the beginning of one. */
const CodeReview = ({ params: { id } }: ViewProps) => {
  const text = useTexts(codeTexts)
  return (
    <>
      <h1>{text.title}</h1>
      {id === undefined ? <Start /> : <Reviewed id={id} />}
    </>
  )
}
export default CodeReview
