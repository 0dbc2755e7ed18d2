import { type ComponentProps, useId } from 'react'
import { cardBounds } from '../../card/bounds.ts'
import { useTags } from './use-tags.ts'

/** A control for one tag, which suggests those that the person has. */
export const TagInput = (props: ComponentProps<'input'>) => {
  const list = useId()
  return (
    <>
      <input {...props} list={list} maxLength={cardBounds.tag} autoCapitalize="none" autoComplete="off" />
      <datalist id={list}>
        {useTags().map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
    </>
  )
}
