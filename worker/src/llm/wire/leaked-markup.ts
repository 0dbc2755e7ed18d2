// What the templates of models put around an answer, when a server leaves it in the text. Every pattern has a bounded
// length, so that the time to read a text stays proportional to its length.

/** The most UTF-16 units that the end of thinking has. */
export const longestClosing = 100
/** No pattern needs to see more, but for white space. */
const longestMarkup = 600

const tags =
  'think|thinking|thought|thoughts|thought_process|reason|reasoning|reflection|analysis|scratchpad|antthinking|antml:thinking|seed:think|inner_monologue|chain_of_thought'

/** Pairs of other tokens that enclose thinking. */
const tokens: readonly [opening: string, closing: string][] = [
  ['\\[THINK\\]', '\\[\\/THINK\\]'],
  ['◁think▷', '◁\\/think▷'],
  ['<\\|begin_of_thought\\|>', '<\\|end_of_thought\\|>'],
  ['<\\|START_THINKING\\|>', '<\\|END_THINKING\\|>'],
  [
    '<\\|channel\\|>\\s?(?:analysis|thought|thinking)[^<>]{0,60}<\\|message\\|>',
    '<\\|(?:end|start|channel|return|call)\\|>',
  ],
  ['<\\|channel>\\s?(?:analysis|thought|thinking)', '<channel\\|>'],
]

const tagStart = new RegExp(`<(${tags})(?:\\s[^<>]{0,200})?>`, 'iy')
const closingTags = new Map(tags.split('|').map((tag) => [tag, new RegExp(`</${tag}\\s{0,9}>`, 'gi')]))
const tokenPairs = tokens.map(([opening, closing]) => ({
  opening: new RegExp(opening, 'iy'),
  closing: new RegExp(closing, 'gi'),
}))

/** Closes thinking whose opening the server has left out. */
const anyClosing = [
  `</(?:${tags})\\s{0,9}>`,
  ...tokens.slice(0, 4).map(([, closing]) => closing),
  '<channel\\|>',
  '<\\|channel\\|>\\s?final[^<>]{0,60}<\\|message\\|>',
].join('|')
/** The end of thinking in a line of its own, as it stands when a server has left out the beginning. */
export const closingLine = new RegExp(`(?:^|\\n)[ \\t]*(?:${anyClosing})[ \\t]*(?:\\n|$)`, 'i')
export const anyOpening = new RegExp(`<(?:${tags})[\\s>]|${tokens.map(([opening]) => opening).join('|')}`, 'i')
const closingHere = new RegExp(anyClosing, 'iy')
export const nextClosing = new RegExp(anyClosing, 'gi')

/** A tag, a special token such as `<|im_end|>`, `<｜tool▁sep｜>` or `[TOOL_CALLS]`. */
const markup =
  /<\/?[A-Za-z_][\w.:=-]{0,80}(?:\s[^<>{}]{0,300})?\/?>|<[|｜][^<>|｜]{1,60}[|｜]>|<\|\w{1,40}>|<\w{1,40}\|>|\[\/?[A-Z][A-Z_]{2,30}\]/y
/** The name of a role, a channel or a tool, which stands between two tokens, or between a token and JSON. */
const name = /\s*\w[\w.:/-]{0,80}(?: to=[\w.]{1,80})?(?=\s*[<{[`])/y
const fence = /```[\w-]{0,20}/y
const space = /\s*/y

/** Beginnings of which more text may make something else: of tags and tokens, of channels, of fences, of names. */
const beginnings = [
  /^<[^<>{}]*$/,
  /^\[\/?[A-Z_]*$/i,
  /^◁[/a-z]{0,6}$/i,
  /^<\|channel\|?>[^<>]{0,80}(?:<[|a-z]{0,11})?$/i,
  /^(?:`{1,2}|```[\w-]{0,20})$/,
]
const nameBeginning = /^\s*(?:\w[\w.:/= -]{0,170})?\s*$/

/** The offset after what a pattern matches from `at` on, or -1 when it does not match. */
export const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** The thinking that is opened at `at`: the offset at which it starts, and what closes it. */
export const openedThinking = (text: string, at: number): { start: number; closing: RegExp } | null => {
  tagStart.lastIndex = at
  const tag = tagStart.exec(text)?.[1]
  const closing = tag && closingTags.get(tag.toLowerCase())
  if (closing) return { start: tagStart.lastIndex, closing }
  for (const pair of tokenPairs) {
    const start = endOf(pair.opening, text, at)
    if (start !== -1) return { start, closing: pair.closing }
  }
  return null
}

/**
 * The offset after the block of thinking that begins at `at`: the end of the text when it is never closed, -1 when none
 * begins there.
 */
export const endOfThinking = (text: string, at: number): number => {
  const opened = openedThinking(text, at)
  if (!opened) return -1
  const end = endOf(opened.closing, text, opened.start)
  return end === -1 ? text.length : end
}

/** The offset after the end of thinking that stands at `at`, or -1. */
export const endOfClosing = (text: string, at: number): number => endOf(closingHere, text, at)

/** The offset after the first end of thinking from `at` on, or -1. */
export const endOfNextClosing = (text: string, at: number): number => endOf(nextClosing, text, at)

/** The offset after the markup at `at` and the name that may follow it, or -1. */
export const endOfMarkup = (text: string, at: number): number => {
  const end = endOf(markup, text, at)
  return end === -1 ? -1 : Math.max(end, endOf(name, text, end))
}

/**
 * Whether more text may change how the markup or the fence ends that begins a text, or whether one begins it. Known for
 * certain without: thinking that is opened or closed there.
 */
export const isUndecided = (text: string): boolean => {
  if (text.length >= longestMarkup) return false
  if (beginnings.some((beginning) => beginning.test(text))) return true
  const end = endOf(markup, text, 0)
  return end !== -1 && end === endOfMarkup(text, 0) && nameBeginning.test(text.slice(end))
}

/** The offset after a fence of Markdown at `at`, with its language, or -1. */
export const endOfFence = (text: string, at: number): number => endOf(fence, text, at)

/** The offset of the first character from `at` on that is not white space. */
export const skipSpace = (text: string, at: number): number => endOf(space, text, at)
