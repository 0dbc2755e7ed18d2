/**
 * Shortest run of letters that counts as a quotation. Latin letters need more, because error messages are written in
 * them and share short runs with a prompt by chance.
 */
const minLatinRun = 16
const minOtherRun = 6
/** The last code point of the Unicode block Latin Extended-B. */
const lastLatinCodePoint = 0x24f

/** A letter or digit, or an escape sequence of JSON or Python that may stand for one. */
const letterOrEscape = /\\u([\da-f]{4})|\\x([\da-f]{2})|\\[nrtbf"'\\/]|[\p{L}\p{N}\p{M}]/giu

/** `text` holds the letters; `starts[i]` and `ends[i]` are the UTF-16 offsets of letter `i` in the original text. */
type Letters = { text: string; starts: number[]; ends: number[] }

/**
 * The letters and digits of a text in lower case. Other characters are left out: quotations space and escape them
 * differently.
 */
const lettersOf = (text: string): Letters => {
  const letters: Letters = { text: '', starts: [], ends: [] }
  for (const { 0: found, 1: utf16, 2: latin, index } of text.matchAll(letterOrEscape)) {
    const code = utf16 ?? latin
    const letter = code === undefined ? found : String.fromCharCode(Number.parseInt(code, 16))
    if (code === undefined && found.startsWith('\\')) continue
    if (code !== undefined && !/[\p{L}\p{N}\p{M}\p{Cs}]/u.test(letter)) continue
    const lower = letter.toLowerCase()
    letters.text += lower
    for (let unit = 0; unit < lower.length; unit++) {
      letters.starts.push(index)
      letters.ends.push(index + found.length)
    }
  }
  return letters
}

/**
 * The letters and digits of a prompt, without offsets. A prompt is long, so the common case without escapes uses one
 * `replace`.
 */
const promptLetters = (prompt: string): string =>
  prompt.includes('\\') ? lettersOf(prompt).text : prompt.replace(/[^\p{L}\p{N}\p{M}]+/gu, '').toLowerCase()

/**
 * Returns a function that replaces every quotation of `prompt` in a text by `[…]`. Providers' validators quote their
 * input with other spaces, escaped, or shortened by an ellipsis, so only letters and digits are compared.
 */
export const redactPrompt = (prompt: string): ((text: string) => string) => {
  const source = promptLetters(prompt)
  return (text) => {
    const { text: letters, starts, ends } = lettersOf(text)
    let redacted = ''
    let copiedUntil = 0
    for (let start = 0; start < letters.length; ) {
      let length = letters.charCodeAt(start) > lastLatinCodePoint ? minOtherRun : minLatinRun
      if (start + length > letters.length || !source.includes(letters.slice(start, start + length))) {
        start++
        continue
      }
      while (start + length < letters.length && source.includes(letters.slice(start, start + length + 1))) length++
      redacted += `${text.slice(copiedUntil, starts[start])}[…]`
      copiedUntil = ends[start + length - 1] ?? text.length
      start += length
    }
    return redacted + text.slice(copiedUntil)
  }
}
