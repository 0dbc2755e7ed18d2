import { decode } from './decode.ts'

const elements =
  'abbr|address|applet|area|article|aside|audio|base|bdi|bdo|blink|blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|command|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|html|iframe|img|image|input|ins|isindex|kbd|keygen|label|legend|li|link|listing|main|map|mark|marquee|math|menu|meta|meter|nav|noembed|noframes|noscript|object|ol|optgroup|option|output|param|picture|plaintext|portal|pre|progress|rp|rt|ruby|samp|script|section|select|slot|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|ul|var|video|wbr|xmp'

// "a < b", "<-" and "x<y and z>w" are none; <word> is one, which is why a source may have it.
const marks = [
  '<\\/?[a-z][\\w.:-]*\\s*\\/?>',
  '<[a-z][\\w.:-]*(?:\\s|\\/)[^<>]*?\\b(?:on\\w+|style|href|src|action|xlink:href)\\s*=[^<>]*>?',
  `<\\/?(?:${elements})(?=[\\s/>])[^<>]*>?`,
  '<!--[^]*?(?:-->|$(?![^]))|<!(?:doctype|\\[cdata)',
  '<\\?(?:xml|php|=)',
  '!?\\[[^\\[\\]]*\\]\\([^)\\s]+(?:\\s+["\'(][^)]*)?\\)',
  '\\[\\/?(?:url|img|quote|code|sound|anki)\\b[^\\[\\]]*\\]',
  '```|~~~',
  '<\\|[^|<>\\n]{1,40}\\|>|\\[\\/?inst\\]|<<\\/?sys>>',
  '\\\\(?:href|url|includegraphics|html(?:class|data|id|style)|input|write18)\\b',
  '^\\s*=\\s*(?:hyperlink|importxml|importdata|importhtml|webservice|image|dde|cmd)\\b',
].join('|')
const markup = new RegExp(marks, 'gimu')

const compact = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')

/**
 * Prepares a source once; the function then says whether a text holds markup that a page, a chat or a spreadsheet would follow
 * (HTML, Markdown links, images and fences, chat tokens, TeX that loads), written out or as entities, and that the source lacks.
 */
export const markupFinder = (sourceText: string): ((text: string) => boolean) => {
  const source = compact(decode(sourceText))
  return (text) => {
    for (const [mark] of decode(text).normalize('NFKC').matchAll(markup))
      if (!source.includes(compact(mark))) return true
    return false
  }
}
