/**
 * The length of a text in Unicode code points, the unit of Postgres' char_length and of all bounds and offsets of
 * Recto.
 */
export const codePoints = (text: string): number => {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1)
      if (next >= 0xdc00 && next <= 0xdfff) {
        count--
        i++
      }
    }
  }
  return count
}

// Any character but Unicode's white space and U+FEFF. JavaScript's \s lacks U+0085. The check on ai_generations is the
// same.
const visible = /[^\s\u0085]/u

/** Whether a text has no visible character. */
export const isBlank = (text: string): boolean => !visible.test(text)

/** The reason why a text can be neither stored nor quoted unchanged; null when it can. */
export const textDefect = (text: string): string | null => {
  if (text.includes('\u0000')) return 'must not contain U+0000'
  if (!text.isWellFormed()) return 'must not contain lone surrogates'
  if (isBlank(text)) return 'must not be blank'
  return null
}
