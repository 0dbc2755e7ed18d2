// White space separates tags in Anki, which allows no control characters in them.
const notInTag = /[\s\p{Cc}]/gu

/** Tags in one cell, separated by spaces. A character that Anki does not allow in a tag becomes `_`. */
export const joinTags = (tags: readonly string[]): string => tags.map((tag) => tag.replaceAll(notInTag, '_')).join(' ')

/** The tags of such a cell, each once. */
export const splitTags = (cell: string): string[] => [
  ...new Set(cell.split(/[\s\p{Cc}]+/u).filter((tag) => tag !== '')),
]
