import { textWriter } from './write-text.ts'

// Every punctuation mark but , ; . ' " ? ! / ( ) and - can be markup somewhere, in GitHub's or Obsidian's Markdown too.
const markup = /[\\`*_{}[\]<>#+~|$^=&@:%]/g

// GitHub makes links of these without any markup, and sees through a backslash. An empty element divides them.
const link = /:(?=\/\/)|www(?=\.)|(?<!^)(?=\\@)/gi

const entity = (character: string): string => `&#${character.charCodeAt(0)};`

/** A text as one line of Markdown that shows exactly this text, wherever the line stands. */
export const markdownLine = (text: string): string =>
  text
    .replaceAll('\0', '\ufffd')
    .replaceAll(markup, '\\$&')
    .replaceAll(link, '$&<span></span>')
    // A list or a rule begins like this.
    .replace(/^(\d*)([-.)])/, '$1\\$2')
    // Space at the ends would be removed, four spaces make a block of code, and a tab or CR may be changed.
    .replaceAll('\n', '<br>')
    .replaceAll(/^\s|[\t\r]|\s$/g, entity)

const tagLine = (tags: readonly string[]): string[] =>
  tags.length === 0 ? [] : [`Tags: ${tags.map(markdownLine).join(', ')}`]

/** A heading with the front for each card, then the back, the quote and the tags. */
export const writeMarkdown = textWriter({
  head: '# Cards\n\n',
  card: ({ front, back, source_quote, tags }) =>
    [
      `## ${markdownLine(front)}`,
      markdownLine(back),
      ...(source_quote === null ? [] : [`> ${markdownLine(source_quote)}`]),
      ...tagLine(tags),
    ].join('\n\n'),
  between: '\n\n',
  tail: '\n',
})
