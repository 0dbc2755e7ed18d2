import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { readSetting, writeSetting } from '../settings.ts'
import { type Language, languages, type Texts } from './define-texts.ts'
import { createFormat, type Format } from './format.ts'

type Speech = { language: Language; setLanguage(language: Language): void; format: Format }

const Context = createContext<Speech | null>(null)

const isLanguage = (name: string | null): name is Language => name !== null && Object.hasOwn(languages, name)

/** The language that was chosen before, or else the first one of the browser that the page has. */
const firstLanguage = (): Language => {
  const chosen = readSetting('language')
  if (isLanguage(chosen)) return chosen
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en'
}

export const LanguageProvider = ({ children }: { children: ReactNode }) => {
  const [language, setLanguage] = useState(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const speech = useMemo(
    () => ({
      language,
      setLanguage: (next: Language) => {
        writeSetting('language', next)
        setLanguage(next)
      },
      format: createFormat(language),
    }),
    [language],
  )
  return <Context value={speech}>{children}</Context>
}

export const useLanguage = (): Speech => {
  const speech = useContext(Context)
  if (speech === null) throw new Error('there is no LanguageProvider above')
  return speech
}

/** The texts of a part of the page, in the language that the person has chosen. */
export const useTexts = <English extends Parameters<typeof import('./define-texts.ts').defineTexts>[0]>(
  texts: Texts<English>,
): Texts<English>[Language] => texts[useLanguage().language]

/** Numbers, money and times as the language writes them. */
export const useFormat = (): Format => useLanguage().format
