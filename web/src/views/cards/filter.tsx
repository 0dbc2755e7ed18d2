import { useTexts } from '../../i18n/language.tsx'
import { Field } from '../../ui/field.tsx'
import { cleanSearch, cleanTag, useQueryField } from './address.ts'
import { searchBound } from './bounds.ts'
import { TagInput } from './tag-input.tsx'
import { cardsTexts } from './texts.ts'

/** Only cards with one tag: a field whose value stands in the address as `tag`. */
export const TagField = ({ query }: { query: URLSearchParams }) => {
  const text = useTexts(cardsTexts)
  const { typed, setTyped } = useQueryField(query, 'tag', cleanTag)
  return (
    <Field label={text.tag}>
      {(props) => (
        <TagInput {...props} type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
      )}
    </Field>
  )
}

/** Which cards the list has. Both values stand in the address. */
export const Filter = ({ query }: { query: URLSearchParams }) => {
  const text = useTexts(cardsTexts)
  const { typed, setTyped } = useQueryField(query, 'search', cleanSearch)
  return (
    <search className="row cards-filter">
      <Field label={text.search}>
        {(props) => (
          <input
            {...props}
            type="search"
            dir="auto"
            maxLength={searchBound}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <TagField query={query} />
    </search>
  )
}
