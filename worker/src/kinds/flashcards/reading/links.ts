import type { Range } from './hide.ts'

// An address has a slash, dot, colon or number sign, or stands in angle brackets: [guilty](not) is no link.
const address = String.raw`(?:<[^<>\n]{1,500}>|(?=[^\s)]{0,80}[/.#:])(?:[^\s()]|\([^\s()]{0,80}\)){1,500})`
const title = String.raw`(?:[ \t]+(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'))?`
const words = String.raw`(?<words>[^\][\n]{1,300})`

const patterns = [
  // Markdown: [words](address "title").
  new RegExp(String.raw`!?\[${words}\]\(${address}${title}\)`, 'dgu'),
  // Markdown: [words][reference], but not the indices of a variable: x[10][2].
  new RegExp(String.raw`(?<![\p{L}\p{N}])!?\[${words}\]\[[^\][\n]{0,100}\]`, 'dgu'),
  // Wikis: [[words]], [[target|words]], [address words].
  /\[\[(?:[^\][|\n]{1,200}\|)?(?<words>[^\][|\n]{1,200})\]\]/dg,
  new RegExp(String.raw`\[https?://[^\s\][]{1,500}[ \t]${words}\]`, 'dgu'),
  // HTML. Other tags can change what they surround: 10<sup>23</sup>.
  /<a\s[^<>]{1,500}>|<\/a>/dgi,
]

/** Returns what a reader does not see of the links of Markdown, wikis and HTML: all but their words. */
export const linksIn = (text: string): Range[] => {
  if (!/[[<]/.test(text)) return []
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match): Range[] => {
      const end = match.index + match[0].length
      const shown = match.indices?.groups?.words
      return shown === undefined
        ? [[match.index, end]]
        : [
            [match.index, shown[0]],
            [shown[1], end],
          ]
    }),
  )
}
