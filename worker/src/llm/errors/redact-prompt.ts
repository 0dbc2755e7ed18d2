/** Letters in a row that two texts do not share by chance: of an alphabet that errors are written in, and of any other. */
const latinWindow = 16
const otherWindow = 6
const lastLatin = 0x24f

/** A character as a text has it, or as a quotation in JSON or Python writes it. */
const written = /\\u([\da-f]{4})|\\x([\da-f]{2})|\\[nrtbf"'\\/]|[\p{L}\p{N}\p{M}]/giu

type Letters = { text: string; at: number[]; end: number[] }

/** The letters and digits of a text, lower case, with where each stood. What stands between is spelled differently in quotations. */
const lettersOf = (text: string): Letters => {
  const letters: Letters = { text: '', at: [], end: [] }
  for (const { 0: found, 1: utf16, 2: latin, index } of text.matchAll(written)) {
    const code = utf16 ?? latin
    const letter = code === undefined ? found : String.fromCharCode(Number.parseInt(code, 16))
    if (code === undefined && found.startsWith('\\')) continue
    if (code !== undefined && !/[\p{L}\p{N}\p{M}\p{Cs}]/u.test(letter)) continue
    const lower = letter.toLowerCase()
    letters.text += lower
    for (let unit = 0; unit < lower.length; unit++) {
      letters.at.push(index)
      letters.end.push(index + found.length)
    }
  }
  return letters
}

/** The same of a prompt, whose places do not matter; thousands of characters of it. */
const wordsOf = (prompt: string): string =>
  prompt.includes('\\') ? lettersOf(prompt).text : prompt.replace(/[^\p{L}\p{N}\p{M}]+/gu, '').toLowerCase()

/**
 * Takes out of a text every stretch that stands in `sent`, for validators quote their input: with other spaces, escaped, or
 * between marks of omission. `[…]` stands in its place.
 */
export const redactPrompt = (sent: string): ((text: string) => string) => {
  const source = wordsOf(sent)
  return (text) => {
    const { text: letters, at, end } = lettersOf(text)
    let kept = ''
    let from = 0
    for (let start = 0; start < letters.length; ) {
      let length = letters.charCodeAt(start) > lastLatin ? otherWindow : latinWindow
      if (start + length > letters.length || !source.includes(letters.slice(start, start + length))) {
        start++
        continue
      }
      while (start + length < letters.length && source.includes(letters.slice(start, start + length + 1))) length++
      kept += `${text.slice(from, at[start])}[…]`
      from = end[start + length - 1] ?? text.length
      start += length
    }
    return kept + text.slice(from)
  }
}
