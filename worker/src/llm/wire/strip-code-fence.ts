const fence = '```'
const opening = /^```[\w-]*[ \t]*\r?\n/

/**
 * Removes one Markdown code fence that encloses the whole text, and trims it; any other text is only trimmed. A fence
 * inside prose stays, because it is unknown what the prose means. With `finish` = `length` the closing fence may be
 * missing.
 */
export const stripCodeFence = (content: string, finish: 'stop' | 'length'): string => {
  const text = content.trim()
  const start = opening.exec(text)?.[0].length
  if (start === undefined) return text
  const closed = text.length >= start + fence.length && text.endsWith(fence)
  if (!closed) return finish === 'length' ? text.slice(start) : text
  const inside = text.slice(start, -fence.length)
  return /^```/m.test(inside) ? text : inside.trim()
}
