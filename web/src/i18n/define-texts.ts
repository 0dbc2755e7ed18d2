export type Language = 'en' | 'pl'
export const languages: Record<Language, string> = { en: 'English', pl: 'Polski' }

/** The same keys with other words: a text that is missing in Polish, or takes other values, is a type error. */
type Translated<Texts> = {
  [Key in keyof Texts]: Texts[Key] extends (...values: infer Values) => string ? (...values: Values) => string : string
}
type Messages = Record<string, string | ((...values: never[]) => string)>

export type Texts<English extends Messages> = Record<Language, Translated<English>>

/** The texts of one part of the page. A text with values is a function of them. */
export const defineTexts = <const English extends Messages>(en: English, pl: Translated<English>): Texts<English> => ({
  en: en as unknown as Translated<English>,
  pl,
})
