// A spreadsheet runs a cell that begins like this as a formula, in full width too. An apostrophe is in the list so that
// one that was added can be told from one that was there.
const begins = /^['=+\-@\t\r\n＝＋－＠]/u
const guarded = /^'(?=['=+\-@\t\r\n＝＋－＠])/u

/** The text of a cell that no spreadsheet takes for a formula: an apostrophe is added in front where it is needed. */
export const guardFormula = (text: string): string => (begins.test(text) ? `'${text}` : text)

/** The text without the apostrophe that `guardFormula` added. */
export const unguardFormula = (cell: string): string => cell.replace(guarded, '')
