import { useTexts } from '../i18n/language.tsx'
import { kindTexts } from './kind-texts.ts'

/** The name of a kind in the person's language; its id for a kind that this page does not know. */
export const useKindName = () => {
  const names = useTexts(kindTexts)
  const isKnown = (kind: string): kind is keyof typeof names => Object.hasOwn(names, kind)
  return (kind: string): string => (isKnown(kind) ? names[kind] : kind)
}
