import type { AcceptanceRow, UsageRow } from '@recto/client'
import { useFormat, useLanguage, useTexts } from '../../i18n/language.tsx'
import { useKindName } from '../../kinds/use-kind-name.ts'
import { usePerson } from '../../session/person.tsx'
import { flagTexts } from '../../suggestion/flag-texts.ts'
import type { Grouping, Measure } from './choice.ts'
import { usageTexts } from './texts.ts'

/** The value of a row in a chart. */
export const measured = (row: UsageRow, show: Measure): number =>
  show === 'cost' ? Number(row.cost_usd) : show === 'tokens' ? row.tokens_input + row.tokens_output : row[show]

const groupingWords = {
  day: 'byDay',
  model: 'byModel',
  kind: 'byKind',
  person: 'byPerson',
  prompt_version: 'byPromptVersion',
  language: 'byLanguage',
  flag: 'byFlag',
} as const

/** Names of rows, groupings and values, in the person's language. */
export const useWords = () => {
  const text = useTexts(usageTexts)
  const flags = useTexts(flagTexts)
  const nameOf = useKindName()
  const format = useFormat()
  const { language } = useLanguage()
  const { id } = usePerson()

  const languageOf = (tag: string): string => {
    try {
      return new Intl.DisplayNames(language, { type: 'language' }).of(tag) ?? tag
    } catch {
      return tag
    }
  }
  const isFlag = (name: string): name is keyof typeof flags => Object.hasOwn(flags, name)
  return {
    ofGrouping: (by: Grouping): string => text[groupingWords[by]],
    ofUsage: ({ day, model, kind, user_id }: UsageRow): string => {
      if (day !== undefined) return format.utcDay(day)
      if (user_id !== undefined) return user_id === id ? text.you : text.member(user_id.slice(0, 8))
      if (kind !== undefined) return nameOf(kind)
      return model ?? ''
    },
    ofAcceptance: ({ kind, prompt_version, language: tag, flag = null }: AcceptanceRow): string => {
      if (prompt_version !== undefined) return prompt_version
      const ofKind = kind === 'flashcards' ? '' : ` (${nameOf(kind)})`
      if (tag !== undefined) return (tag === null ? text.noLanguage : languageOf(tag)) + ofKind
      return (flag === null ? text.noFlag : isFlag(flag) ? flags[flag] : flag) + ofKind
    },
    ofValue: (value: number, show: Measure): string =>
      show === 'cost' ? format.money(String(value)) : format.number(value),
    share: (value: number | null): string => (value === null ? text.none : format.percent(value)),
    /** The median and the 95th percentile of durations, in seconds. */
    times: (p50: number | null, p95: number | null): string =>
      p50 === null || p95 === null ? text.none : `${format.number(p50 / 1000)} s, ${format.number(p95 / 1000)} s`,
  }
}
