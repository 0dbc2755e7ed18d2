import { useTexts } from '../i18n/language.tsx'
import { flagTexts } from './flag-texts.ts'

/** What is noted about a card or a finding, in words. An API that is newer than the page may have other flags. */
export const Flags = ({ flags }: { flags: string[] }) => {
  const words = useTexts(flagTexts)
  const isKnown = (flag: string): flag is keyof typeof words => Object.hasOwn(words, flag)
  if (flags.length === 0) return null
  return (
    <ul className="flags">
      {flags.map((flag) => (
        <li key={flag}>{isKnown(flag) ? words[flag] : flag}</li>
      ))}
    </ul>
  )
}
