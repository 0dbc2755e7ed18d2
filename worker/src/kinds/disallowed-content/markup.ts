import { decodeEscapes } from './decode-escapes.ts'

const htmlElements =
  'abbr|address|applet|area|article|aside|audio|base|bdi|bdo|blink|blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|command|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|html|iframe|img|image|input|ins|isindex|kbd|keygen|label|legend|li|link|listing|main|map|mark|marquee|math|menu|meta|meter|nav|noembed|noframes|noscript|object|ol|optgroup|option|output|param|picture|plaintext|portal|pre|progress|rp|rt|ruby|samp|script|section|select|slot|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|ul|var|video|wbr|xmp'

// "a < b", "<-" and "x<y and z>w" do not match. <word> matches although it may be plain text; a source may contain it.
const patterns = [
  '<\\/?[a-z][\\w.:-]*\\s*\\/?>',
  '<[a-z][\\w.:-]*(?:\\s|\\/)[^<>]*?\\b(?:on\\w+|style|href|src|action|xlink:href)\\s*=[^<>]*>?',
  `<\\/?(?:${htmlElements})(?=[\\s/>])[^<>]*>?`,
  '<!--[^]*?(?:-->|$(?![^]))|<!(?:doctype|\\[cdata)',
  // A browser takes what follows for a comment, or for a tag that the next > ends.
  '<[!?][a-z=][^<>]*>?',
  '<(?:script|iframe|object|embed|style|svg|math|img|form|base|meta|link)$(?![^])',
  // Links, images, definitions of links, and embedded pages of Markdown.
  '!?\\[(?:[^\\[\\]]|\\[[^\\[\\]]*\\])*\\]\\(\\s*[^)\\s]+(?:\\s+["\'(][^)]*)?\\s*\\)',
  '^ {0,3}\\[[^\\[\\]]+\\]:\\s*\\S+',
  '!\\[\\[[^\\[\\]]+\\]\\]',
  '\\[\\/?(?:url|img|quote|code|sound|anki)\\b[^\\[\\]]*\\]',
  '```|~~~',
  '<\\|[^|<>\\n]{1,40}\\|>|\\[\\/?inst\\]|<<\\/?sys>>',
  '\\\\(?:href|url|includegraphics|html(?:class|data|id|style)|input|write18)\\b',
  '^\\s*=\\s*(?:hyperlink|importxml|importdata|importhtml|webservice|image|dde|cmd)\\b',
  '^\\s*[=+@-]+\\s*(?:hyperlink|importxml|importdata|importhtml|webservice|image|dde|cmd)\\s*[(|]',
  "^\\s*[=+@-][^\\n|]*\\|\\s*'[^'\\n]*'!",
].join('|')
const markup = new RegExp(patterns, 'gimu')

const comparableForm = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')

/**
 * Prepares a source once. The returned function tells whether a text contains markup, escaped or not, that the source
 * lacks and a page, chat or spreadsheet interprets: HTML, Markdown links and fences, chat tokens, TeX, formulas.
 */
export const createMarkupCheck = (sourceText: string): ((text: string) => boolean) => {
  let source: string | undefined
  return (text) => {
    for (const [match] of decodeEscapes(text).normalize('NFKC').matchAll(markup)) {
      source ??= comparableForm(decodeEscapes(sourceText))
      if (!source.includes(comparableForm(match))) return true
    }
    return false
  }
}
