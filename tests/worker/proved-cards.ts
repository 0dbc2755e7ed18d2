/** A card that every newText proves. */
export const proved = {
  front: 'How high is the tower?',
  back: '42 metres',
  source_quote: 'The tower is 42 metres high and stands on a base of grey granite.',
}
/** Cards that the gate drops. */
export const unproved = [
  { ...proved, source_quote: 'The tower is 43 metres high.' },
  { ...proved, front: 'Why?'.repeat(60) },
  { front: 'Who?' },
]
