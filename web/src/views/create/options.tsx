import type { Model, ModelAlias } from '@recto/client'
import { useQuery } from '@tanstack/react-query'
import { useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Field } from '../../ui/field.tsx'
import { cardBounds } from './bounds.ts'
import type { Draft } from './draft.ts'
import { createTexts } from './texts.ts'

type Models = { data: Model[]; aliases: ModelAlias[]; default: string | null }
type Errors = Partial<Record<'model' | 'options.max_cards' | 'options.language' | 'data_residency', string>>
type OptionsProps = { draft: Draft; change: (changes: Partial<Draft>) => void; errors: Errors }

/** Languages of cards that have a name in the list. The API takes every language tag. */
const usualLanguages = ['en', 'pl', 'de', 'fr', 'es', 'it', 'pt', 'uk', 'cs', 'nl', 'sv', 'ja']

const ModelField = ({ draft, change, errors }: OptionsProps) => {
  const text = useTexts(createTexts)
  const { recto } = usePerson()
  const { data } = useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => recto.request<Models>('ai/models', { signal }),
    staleTime: 60_000,
  })
  const names = [
    ...(data?.aliases ?? []).map(({ name, allowed, available }) => ({ name, allowed, available })),
    ...(data?.data ?? []).map(({ id, allowed, available }) => ({ name: id, allowed, available })),
  ]
  // What a generation of before asked for need not be offered any more.
  if (data && draft.model !== '' && !names.some(({ name }) => name === draft.model))
    names.push({ name: draft.model, allowed: true, available: false })
  return (
    <Field label={text.model} error={errors.model ?? null}>
      {(props) => (
        // A select chooses among the options that it has at first, so other options are another select.
        <select
          {...props}
          key={names.length}
          value={draft.model}
          onChange={(event) => change({ model: event.target.value })}
        >
          <option value="">{text.usualModel(data?.default ?? '…')}</option>
          {names.map(({ name, allowed, available }) => (
            <option key={name} value={name} disabled={!allowed}>
              {name}
              {!allowed ? ` (${text.notIncluded})` : !available ? ` (${text.notAvailable})` : ''}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** The languages of the list, and the one that a generation of before asked for. */
const languagesWith = (chosen: string): string[] =>
  chosen === '' || usualLanguages.includes(chosen) ? usualLanguages : [...usualLanguages, chosen]

/** The name of a language tag; the tag itself where it has none. */
const languageName = (names: Intl.DisplayNames, tag: string): string => {
  try {
    return names.of(tag) ?? tag
  } catch {
    return tag
  }
}

/** What the person may choose about a generation. */
export const Options = ({ draft, change, errors }: OptionsProps) => {
  const text = useTexts(createTexts)
  const names = new Intl.DisplayNames(document.documentElement.lang, { type: 'language' })
  return (
    <section className="panel">
      <h2>{text.options}</h2>
      <ModelField draft={draft} change={change} errors={errors} />
      <Field label={text.maxCards} error={errors['options.max_cards'] ?? null}>
        {(props) => (
          <input
            {...props}
            type="number"
            min={cardBounds.min}
            max={cardBounds.max}
            placeholder={String(cardBounds.default)}
            value={draft.maxCards}
            onChange={(event) => change({ maxCards: event.target.value })}
          />
        )}
      </Field>
      <Field label={text.language} error={errors['options.language'] ?? null}>
        {(props) => (
          <select {...props} value={draft.language} onChange={(event) => change({ language: event.target.value })}>
            <option value="">{text.sameLanguage}</option>
            {languagesWith(draft.language).map((tag) => (
              <option key={tag} value={tag}>
                {languageName(names, tag)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={text.residency} error={errors.data_residency ?? null}>
        {(props) => (
          <select
            {...props}
            value={draft.residency}
            onChange={(event) => change({ residency: event.target.value as Draft['residency'] })}
          >
            <option value="">{text.usualResidency}</option>
            <option value="any">{text.any}</option>
            <option value="eu">{text.eu}</option>
          </select>
        )}
      </Field>
    </section>
  )
}
