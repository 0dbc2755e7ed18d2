const fence = '```'
const opening = /^```[\w-]*[ \t]*\r?\n/

/**
 * The text inside one Markdown fence that wraps all of it; any other text as it is, trimmed. A fence inside prose is not
 * looked for: what stands around it would be guessed at. After `length` the closing mark may have been cut off.
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
