import { decodeHTML } from 'entities/decode'

/** A page breaks the line before and behind these. */
const blocks = new Set(['div', 'p', 'li', 'ul', 'ol', 'tr', 'table', 'blockquote', 'pre', 'hr', 'section', 'article'])
for (let level = 1; level <= 6; level++) blocks.add(`h${level}`)

/** A page shows nothing of what stands in these. */
const hidden = new Set(['script', 'style', 'template', 'noscript'])

/** What is no text, and would be lost without a word. */
const media = new Set(['img', 'audio', 'video', 'object', 'embed', 'iframe', 'svg', 'canvas'])

/** A tag, a comment, or what a page takes for a comment. */
const tagStart = /^<(?:(\/?)([a-z][^\s/>]*)|[!?])/i
const LONGEST_NAME = 40

/** Where the tag or comment that begins at `from` ends, exclusive; -1 when it never does. */
const endOfTag = (html: string, from: number): number => {
  if (html.startsWith('<!--', from)) {
    const end = html.indexOf('-->', from + 4)
    return end === -1 ? -1 : end + 3
  }
  let quote = ''
  for (let i = from + 1; i < html.length; i++) {
    const character = html.charAt(i)
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '>') return i + 1
  }
  return -1
}

/**
 * The text of a field of Anki as a person sees it: tags and comments are left out, line breaks of blocks and `<br>` are
 * kept, entities are decoded. What remains is text, whatever it looks like. `media` is the name of an element that is
 * no text, for example `img`; null when there is none.
 */
export const readHtml = (html: string): { text: string; media: string | null } => {
  let text = ''
  let found: string | null = null
  let block = false
  let hiding = ''
  const append = (piece: string) => {
    if (piece === '' || hiding !== '') return
    if (block && text !== '' && !text.endsWith('\n')) text += '\n'
    block = false
    text += piece
  }
  // A raw line break is a space on a page.
  const appendText = (raw: string) => append(decodeHTML(raw.replaceAll(/\r\n?|\n/g, ' ')))

  let at = 0
  for (let open = html.indexOf('<'); open !== -1; open = html.indexOf('<', Math.max(at, open + 1))) {
    const [tag, closing, spelled = ''] = tagStart.exec(html.slice(open, open + LONGEST_NAME)) ?? []
    if (tag === undefined) continue
    const end = endOfTag(html, open)
    // The rest is text, too: nothing behind this place can end a tag, so it is not searched again.
    if (end === -1) break
    appendText(html.slice(at, open))
    at = end
    const name = spelled.toLowerCase()
    if (hidden.has(name)) hiding = closing === '/' ? '' : name
    if (media.has(name) && hiding === '') found ??= name
    if (blocks.has(name)) block = true
    if (name === 'br') append('\n')
  }
  appendText(html.slice(at))
  return { text, media: found }
}
