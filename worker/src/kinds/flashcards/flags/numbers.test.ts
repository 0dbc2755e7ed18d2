import { describe, expect, test } from 'vitest'
import { hasOnlyKnownNumbers, numbersIn } from './numbers.ts'

describe('number check', () => {
  test.each([
    ['1234', 'The bridge has 1,234 rivets'],
    ['1,234', 'Die Brücke hat 1.234 Nieten'],
    ['1 234 567', "Die Stadt hat 1'234'567 Einwohner"],
    ['1\u00a0234', 'Most ma 1234 nity'],
    ['3.5', 'waży 3,5 kg'],
    ['1,234.50', '1.234,50 Euro'],
    ['１９４７年', 'in 1947'],
    ['1947', 'في عام ١٩٤٧'],
    ['१९४७', 'in 1947'],
    ['5 May 2020', 'on 05.05.2020'],
    ['2020-05-12', 'on 12/05/2020'],
    ['1234', 'het getal ١٬٢٣٤'],
    ['10^23', 'about 10²³ atoms'],
    ['H2O', 'H₂O is water'],
    ['no number at all', 'none'],
    ['12 300', 'on page 12 there are 300 words'],
  ])('accepts the answer %j when the source is %j', (back, source) => {
    expect(hasOnlyKnownNumbers(back, numbersIn(source))).toBe(true)
  })

  test.each([
    ['1948', 'in 1947'],
    ['3.15', 'from 3.14, of 15'],
    ['1,235', '1,234 and 235 and 1'],
    ['12', '1 and 2, or 123'],
    ['٣', 'four: 4'],
    ['1023', 'about 10²³ atoms'],
    ['5 May 2021', 'on 05.05.2020'],
    ['0.123', '123'],
  ])('rejects the answer %j when the source is %j', (back, source) => {
    expect(hasOnlyKnownNumbers(back, numbersIn(source))).toBe(false)
  })
})
