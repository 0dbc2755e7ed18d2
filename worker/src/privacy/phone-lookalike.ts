const day = String.raw`\d{1,2}`
const year = String.raw`(?:19|20)\d\d(?!\d)`
const hour = String.raw`(?:[01]\d|2[0-3])`
const quarter = '(?:00|15|30|45)'

/** What a date or opening hours look like where a number with a leading zero is looked for. */
const datesAndHours = [
  String.raw`${day}([-/. ])${day}\1${year}`, // 01-02-2026
  `${day}[-/.]${year}`, // 02/2026
  String.raw`\d\d([./-])\d\d\2\d\d(?: |(?!\2)-)`, // 06.12.24-07.12.24
  String.raw`${hour}\.[0-5]\d ?[- ] ?${hour}\.[0-5]\d(?!\d)`, // 09.00 10.30
  String.raw`${hour}${quarter} ?- ?${hour}${quarter}(?!\d)`, // 0800-1700
]
const dateOrHours = new RegExp(String.raw`^\(?(?:${datesAndHours.join('|')})`)

const inPairs = /^\d\d(?:[ .-]\d\d)+$/

/** "02 04 06 08 10" is a list: its pairs grow by the same small step. "01 23 45 67 89" is everybody's example of a number. */
const isList = (text: string): boolean => {
  if (!inPairs.test(text)) return false
  const step = Number(text.slice(3, 5)) - Number(text.slice(0, 2))
  if (Math.abs(step) > 10) return false
  for (let at = 6; at < text.length; at += 3)
    if (Number(text.slice(at, at + 2)) - Number(text.slice(at - 3, at - 1)) !== step) return false
  return true
}

/** Whether what has the form of a telephone number reads as a date, as hours or as a list instead. */
export const isLookalike = (text: string): boolean => dateOrHours.test(text) || isList(text)

const namedOtherwise = /(?:isbn|issn|ean|doi|pmid|gtin|oclc)[^\p{L}\n]{0,40}$/iu

/** Whether a word before it says that a number is a book's, a paper's or a product's. */
export const isNamedOtherwise = (text: string, at: number): boolean =>
  namedOtherwise.test(text.slice(Math.max(0, at - 44), at))

const americanPostcode = /^[A-Z]{2} {1,2}0\d{4}-\d{4}(?!\d)/
const around = (text: string, at: number, length: number) => text.slice(Math.max(0, at - length), at + 12)

/** Whether it stands in a longer whole: the "045 311 447" of "8 045 311 447", a postcode after its state ("MA 02110-1301"). */
export const isPartOfAnother = (text: string, at: number): boolean =>
  /^\d 0\d\d \d{3}(?!\d)/.test(around(text, at, 2)) ||
  americanPostcode.test(around(text, at, 3)) ||
  americanPostcode.test(around(text, at, 4))
