const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\n': '<br>', '\0': '&#65533;' }

// Tab is the only control character that HTML keeps. U+001F separates the fields of a note in Anki's database.
// An entity for one of U+0080 to U+009F would be a letter of Windows-1252, so these stay as they are.
const special = /[&<>]|(?![\t\u0080-\u009f])\p{Cc}/u

// What Anki takes for a sound, speech, LaTeX, MathJax or a cloze deletion. Its MathJax can run scripts by \href, and
// its LaTeX runs programs.
const mark = /\[(?=sound:|anki:|\/?latex\]|\/?\${1,2}\])|\\(?=[()[\]])|\{(?=\{c\d)/u

const escaped = new RegExp(`${special.source}|${mark.source}`, 'giu')

const escapeCharacter = (character: string): string => {
  if (character === '[' || character === '\\' || character === '{') return `${character}<span></span>`
  return escapes[character] ?? `&#${character.charCodeAt(0)};`
}

/**
 * A text as the HTML of a field in Anki, which shows exactly this text: markup, references to media and formulas stand
 * there as they were written. An empty element divides what Anki would take for one of its own marks, because an entity
 * lasts only until somebody edits the note in Anki. U+0000 becomes U+FFFD: HTML has no U+0000.
 */
export const ankiField = (text: string): string => text.replaceAll(escaped, escapeCharacter)
