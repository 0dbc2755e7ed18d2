const polish = new Intl.PluralRules('pl')

/** `1 card`, `2 cards`. */
export const pluralEn = (count: number, one: string, other: string): string => (count === 1 ? one : other)

/** Polish has three forms of a counted noun: `1 fiszka`, `2 fiszki`, `5 fiszek`. */
export const pluralPl = (count: number, one: string, few: string, many: string): string => {
  const form = polish.select(count)
  return form === 'one' ? one : form === 'few' ? few : many
}
