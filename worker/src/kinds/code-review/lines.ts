/** The lines of a text, without their line ends (LF or CRLF). */
export const linesOf = (text: string): string[] => text.replaceAll('\r\n', '\n').split('\n')

/** A line as it is compared: without trailing blanks, and without a byte order mark. */
export const comparable = (line: string): string => line.replace(/^\ufeff/, '').trimEnd()

/** Removes blank lines at both ends. */
export const withoutOuterBlanks = (lines: readonly string[]): string[] => {
  const first = lines.findIndex((line) => line.trim() !== '')
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex((line) => line.trim() !== '') + 1)
}

const indentation = /^[ \t]*/

export const indentOf = (line: string): string => indentation.exec(line)?.[0] ?? ''

/** The longest indentation that all lines have which are not blank. */
export const commonIndent = (lines: readonly string[]): string =>
  lines
    .filter((line) => line.trim() !== '')
    .map(indentOf)
    .reduce((common, indent) => {
      let length = 0
      while (length < common.length && common[length] === indent[length]) length++
      return common.slice(0, length)
    })
