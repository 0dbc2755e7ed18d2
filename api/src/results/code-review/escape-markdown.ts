/** Splits what would become a link, a mention or a reference without any sign of markdown. It is not visible. */
const split = '\u200b'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

const escapeInline = (text: string): string =>
  text
    .replaceAll(/[\\`*_[\]|~$]/g, '\\$&')
    .replaceAll(/[&<>]/g, (sign) => entities[sign] ?? sign)
    .replaceAll('#', `\\#${split}`)
    .replaceAll('@', `@${split}`)
    .replaceAll('://', `:${split}//`)
    .replaceAll(/(www)\./gi, `$1${split}.`)
    .replaceAll(/(GH)-(?=\d)/gi, `$1-${split}`)

/** Signs that begin a list, a line or a heading only where they stand first. */
const escapeStart = (line: string): string => line.replace(/^[-+=:]/, '\\$&').replace(/^(\d{1,9})([.)])/, '$1\\$2')

/** A code span, whatever backticks the text has. It cannot hold line ends. */
export const codeSpan = (text: string): string => {
  const mark = '`'.repeat(longestRun(text) + 1)
  return longestRun(text) > 0 || text.startsWith(' ') ? `${mark} ${text} ${mark}` : `${mark}${text}${mark}`
}

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))

/** A code block that the text cannot end: its fence is longer than any row of backticks in the text. */
export const codeBlock = (text: string): string => {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}\n${text}\n${fence}`
}

/** Words of a model as markdown that shows them as they are, but for `code` in single backticks, which stays code. */
export const escapeMarkdown = (text: string): string =>
  text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => escapeStart(escapeLine(line.trim())))
    .join('\n')

const escapeLine = (line: string): string =>
  line
    .split(/(?<![`\\])(`[^`]+`)(?!`)/)
    .map((part, n) => (n % 2 === 1 ? part : escapeInline(part)))
    .join('')
