import type { Range } from './hide.ts'

// An address has a slash, dot, colon or number sign, or stands in angle brackets: [guilty](not) is no link.
const address = String.raw`(?:<[^<>\n]{1,500}>|(?=[^\s)]{0,80}[/.#:])(?:[^\s()]|\([^\s()]{0,80}\)){1,500})`
const title = String.raw`(?:[ \t]+(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'))?`
const words = String.raw`(?<words>[^\][]{1,300})`

const links = [
  // Markdown: [words](address "title").
  new RegExp(String.raw`!?\[${words}\]\(${address}${title}\)`, 'dgu'),
  // Wikis: [[words]], [[target|words]], [address words].
  /\[\[(?:[^\][|\n]{1,200}\|)?(?<words>[^\][|\n]{1,200})\]\]/dg,
  new RegExp(String.raw`\[https?://[^\s\][]{1,500}[ \t]${words}\]`, 'dgu'),
  // HTML. Other tags can change what they surround: 10<sup>23</sup>.
  /<a\s+[a-z-]+=[^<>]{1,500}>|<\/a>/dgi,
]

/** Markdown: [words][label], [label][], [label], and a footnote's [^label]. */
const reference = /!?\[(?<words>[^\][]{1,300})\](?:\[(?<label>[^\][\n]{0,100})\])?/dgu
const definition = /^ {0,3}\[(?<label>[^\][\n]{1,100})\]:/gm

const nameOf = (label: string): string => label.trim().toLowerCase()

/** Returns the labels that a source of Markdown defines: `[label]: address`. */
export const labelsIn = (source: string): Set<string> =>
  new Set([...source.matchAll(definition)].map(({ groups }) => nameOf(groups?.label ?? '')))

/** Everything of a match but its group `words`. */
const allButWords = (match: RegExpExecArray): Range[] => {
  const end = match.index + match[0].length
  const shown = match.indices?.groups?.words
  return shown === undefined
    ? [[match.index, end]]
    : [
        [match.index, shown[0]],
        [shown[1], end],
      ]
}

const referencesIn = (text: string, labels: Set<string>): Range[] =>
  [...text.matchAll(reference)].flatMap((match) => {
    const shown = match.groups?.words ?? ''
    if (!labels.has(nameOf(match.groups?.label || shown))) return []
    return shown.startsWith('^') ? [[match.index, match.index + match[0].length]] : allButWords(match)
  })

/** Returns what a reader does not see of the links of Markdown, wikis and HTML: all but their words. */
export const linksIn = (text: string, labels: Set<string>): Range[] => {
  if (!/[[<]/.test(text)) return []
  const ranges = links.flatMap((pattern) => [...text.matchAll(pattern)].flatMap(allButWords))
  return labels.size === 0 ? ranges : [...ranges, ...referencesIn(text, labels)]
}
