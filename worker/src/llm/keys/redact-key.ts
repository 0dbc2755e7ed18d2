/** The shortest part of a key that is taken for one. Shorter runs stand in texts by chance. */
const shortestPart = 8

/** A key shorter than this is a placeholder, as servers without authentication take it: `none`, `EMPTY`, `local`. */
const shortestKey = 6

/**
 * Replaces by `[…]` the key in a text, and every part of the key of 8 or more characters: a provider may quote a key in
 * part, and a text may have been cut within it.
 */
export const redactKey = (text: string, key: string): string => {
  // V8 keeps the last text that a regular expression matched, and a heap snapshot would show it, so none is used here.
  if (key.length < shortestKey) return text
  const part = Math.min(shortestPart, key.length)
  let redacted = ''
  let copiedUntil = 0
  for (let start = 0; start + part <= text.length; ) {
    let end = start + part
    if (!key.includes(text.slice(start, end))) {
      start++
      continue
    }
    while (end < text.length && key.includes(text.slice(start, end + 1))) end++
    redacted += `${text.slice(copiedUntil, start)}[…]`
    copiedUntil = end
    start = end
  }
  return redacted + text.slice(copiedUntil)
}
