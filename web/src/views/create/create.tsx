import { useTexts } from '../../i18n/language.tsx'
import { createTexts } from './texts.ts'

const Create = () => {
  const text = useTexts(createTexts)
  return <h1>{text.title}</h1>
}
export default Create
