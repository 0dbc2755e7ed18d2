import type { CardReview } from '@recto/client'

export type Rating = CardReview['rating']
/** In the order of their keys 1 to 4. */
export const ratings: readonly Rating[] = ['again', 'hard', 'good', 'easy']

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat' | 'isComposing'>
/** Where the focus is: where one writes, on something that Space and Enter press, or elsewhere. */
export type Focus = 'field' | 'control' | 'elsewhere'

export const focusOf = (target: EventTarget | null): Focus => {
  if (!(target instanceof Element)) return 'elsewhere'
  if (target.closest('input, select, textarea, dialog')) return 'field'
  return target.closest('button, a, summary') ? 'control' : 'elsewhere'
}

/** What a key asks for; null when it asks for nothing. A key that is held down counts once. */
export const keyAction = (key: Key, focus: Focus, isOpen: boolean): 'open' | Rating | null => {
  if (focus === 'field' || key.ctrlKey || key.metaKey || key.altKey || key.repeat || key.isComposing) return null
  if (!isOpen) return focus === 'elsewhere' && (key.key === ' ' || key.key === 'Enter') ? 'open' : null
  // By its place, too: the digits of a French keyboard need Shift.
  const digit = /^[1-4]$/.exec(key.key)?.[0] ?? /^(?:Digit|Numpad)([1-4])$/.exec(key.code)?.[1]
  return (digit !== undefined && ratings[Number(digit) - 1]) || null
}
