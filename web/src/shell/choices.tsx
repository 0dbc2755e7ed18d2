import { useState } from 'react'
import { useAccounts } from '../account/accounts.ts'
import { type Language, languages } from '../i18n/define-texts.ts'
import { useLanguage, useTexts } from '../i18n/language.tsx'
import { usePerson } from '../session/person.tsx'
import { chooseTheme, currentTheme, type Theme, themes } from '../theme.ts'
import { shellTexts } from './texts.ts'

export const LanguageChoice = () => {
  const { language, setLanguage } = useLanguage()
  const text = useTexts(shellTexts)
  return (
    <select
      aria-label={text.language}
      value={language}
      onChange={(event) => setLanguage(event.target.value as Language)}
    >
      {Object.entries(languages).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  )
}

export const ThemeChoice = () => {
  const text = useTexts(shellTexts)
  const [theme, setTheme] = useState(currentTheme)
  const choose = (next: Theme) => {
    chooseTheme(next)
    setTheme(next)
  }
  return (
    <select aria-label={text.theme} value={theme} onChange={(event) => choose(event.target.value as Theme)}>
      {themes.map((name) => (
        <option key={name} value={name}>
          {text[name]}
        </option>
      ))}
    </select>
  )
}

/** Whose limits and budget apply. Who has no team has no choice. */
export const AccountChoice = () => {
  const text = useTexts(shellTexts)
  const { id, accountId, chooseAccount } = usePerson()
  const teams = useAccounts().data?.filter(({ kind }) => kind === 'team') ?? []
  // While the list is on its way, or when the person has left the team.
  const isUnknown = accountId !== id && !teams.some((team) => team.id === accountId)
  if (teams.length === 0 && accountId === id) return null
  return (
    // A select chooses among the options that it has at first, so other options are another select.
    <select
      key={teams.length}
      aria-label={text.account}
      value={accountId}
      onChange={(event) => chooseAccount(event.target.value)}
    >
      <option value={id}>{text.own}</option>
      {teams.map((team) => (
        <option key={team.id} value={team.id}>
          {team.name}
        </option>
      ))}
      {isUnknown && <option value={accountId}>…</option>}
    </select>
  )
}
