import { describe, expect, test } from 'vitest'
import { withoutUnknownPlaceholders } from './unknown-placeholders.ts'

const card = (front: string, back: string) => ({ front, back, source_quote: 'x' })

describe('withoutUnknownPlaceholders', () => {
  test('removes and counts elements with a placeholder that the source does not contain', () => {
    const good = card('Who wrote?', 'anna@example.org')
    const copied = card('Which mark stands for an address?', '[EMAIL_1]')
    const { kept, unknown } = withoutUnknownPlaceholders(
      [good, copied, card('Whose number is [phone 7]?', 'Hers'), card('Whose?', '[EMAIL_2]')],
      'The mark [EMAIL_1] stands for an address.',
    )
    expect(kept).toEqual([good, copied])
    expect(unknown).toBe(2)
  })

  test('keeps elements that are not objects, unless a string contains an unknown placeholder', () => {
    expect(withoutUnknownPlaceholders([null, 3, undefined, '[EMAIL_1]'], '')).toEqual({
      kept: [null, 3, undefined],
      unknown: 1,
    })
  })
})
