// Only what leads somewhere: code is full of dots, slashes and tags.
const link = new RegExp(
  [
    '\\b[a-z][a-z\\d+.-]{1,20}://[^\\s<>"\'`)\\]]+',
    '\\bwww\\.[^\\s<>"\'`)\\]]+',
    '\\]\\(\\s*<?(?:[a-z][a-z\\d+.-]{0,20}:|[\\\\/]{2})[^\\s)]*',
    '^\\s{0,3}\\[[^\\[\\]]{1,200}\\]:\\s*\\S+',
    '\\b(?:src|srcset|href|action|poster)\\s{0,9}=\\s{0,9}["\']?(?:[a-z][a-z\\d+.-]{0,20}:)?[\\\\/]{2}[^\\s"\'>]*',
  ].join('|'),
  'gimu',
)

const withoutEnd = (found: string): string => found.replace(/[.,;:!?]+$/u, '')

/** Prepares the texts of an input. The returned function tells whether a text has a link that they lack. */
export const createLinkCheck =
  (texts: readonly string[]) =>
  (text: string): boolean =>
    (text.match(link) ?? []).some((found) => !texts.some((own) => own.includes(withoutEnd(found))))
