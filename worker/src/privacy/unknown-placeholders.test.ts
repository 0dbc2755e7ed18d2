import { expect, test } from 'vitest'
import { withoutUnknownPlaceholders } from './unknown-placeholders.ts'

const card = (front: string, back: string) => ({ front, back, source_quote: 'x' })

test('what holds a placeholder that the source does not have is left out and counted', () => {
  const good = card('Who wrote?', 'anna@example.org')
  const quoting = card('Which mark stands for an address?', '[EMAIL_1]')
  const { kept, unknown } = withoutUnknownPlaceholders(
    [good, quoting, card('Whose number is [phone 7]?', 'Hers'), card('Whose?', '[EMAIL_2]')],
    'The mark [EMAIL_1] stands for an address.',
  )
  expect(kept).toEqual([good, quoting])
  expect(unknown).toBe(2)
})

test('what is no object is none of its business', () => {
  expect(withoutUnknownPlaceholders([null, 3, undefined, '[EMAIL_1]'], '')).toEqual({
    kept: [null, 3, undefined],
    unknown: 1,
  })
})
