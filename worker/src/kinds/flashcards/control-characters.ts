// What JSON makes of the first letter of a TeX word whose backslash is single: \times becomes a tab and "imes".
const escapes: Record<string, string> = { '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r' }
const brokenWord = /([\b\t\n\f\r])([A-Za-z]+)/g
const texWord = /\\([bfnrt][A-Za-z]*)/g

// A line break is a control character too, but answers have line breaks. These are the words of TeX that look like one.
const wordsAfterLineBreak =
  'abla|atural|cong|earrow|ewline|exists|geq|leq|mid|onumber|otin|parallel|prec|rightarrow|sim|subseteq|succ|supseteq|warrow'
const brokenAfterLineBreak = new RegExp(`\\n(?:${wordsAfterLineBreak})(?![A-Za-z])`)
const shortWord = /(?:^\s*|\$[^$]*)\n(?:e|eg|eq|i|ot|u)(?![A-Za-z])/
const controlCharacter = /(?!\n)\p{Cc}/u

/**
 * Prepares a source once. The returned function restores the words of TeX that the source has in a text whose single
 * backslashes JSON has taken for escapes, and writes line breaks as U+000A.
 */
export const createTexMender = (sourceText: string): ((text: string) => string) => {
  const words = new Set(Array.from(sourceText.matchAll(texWord), ([, word]) => word))
  return (text) =>
    text
      .replace(brokenWord, (written: string, control: string, rest: string) => {
        const word = `${escapes[control] ?? ''}${rest}`
        return words.has(word) ? `\\${word}` : written
      })
      .replaceAll('\r\n', '\n')
}

/** Whether a text has a control character other than a line break, or a line break that was the `\n` of a word of TeX. */
export const hasControlCharacter = (text: string): boolean =>
  controlCharacter.test(text) || brokenAfterLineBreak.test(text) || shortWord.test(text)
