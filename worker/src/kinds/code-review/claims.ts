const inCode = /`([^`\n]{1,200})`/g
const identifier = /[\p{L}_$][\p{L}\p{N}_$]{2,}/gu
const word = /[\p{L}_$][\p{L}\p{N}_$]*/gu

/** The words of texts, among which identifiers are looked up. */
export const wordsOf = (texts: readonly string[]): Set<string> =>
  new Set(texts.flatMap((text) => text.match(word) ?? []))

const subject = '`([^`\\n]{1,80})`'
const missing = new RegExp(
  `\\b(?:missing|lacks?|lacking|without|no|omits?)\\s+(?:(?:an?|the|any)\\s+)?${subject}`,
  'gi',
)
const absent = new RegExp(
  `${subject}\\s+(?:(?:call|check|import|clause)\\s+)?(?:is|are|was)\\s+(?:missing|absent|never|not\\s+(?:present|imported|defined|declared|called|used|closed|awaited|checked|handled))\\b`,
  'gi',
)

const captured = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, code = '']) => code.trim())

/**
 * Whether a text names an identifier in backticks that neither the files nor the replacement have, and does not say
 * that it is missing.
 */
export const namesUnknown = (text: string, known: ReadonlySet<string>, replacement: string | null): boolean => {
  const own = wordsOf([replacement ?? '', ...captured(text, missing)])
  return captured(text, inCode)
    .flatMap((code) => code.match(identifier) ?? [])
    .some((name) => !known.has(name) && !own.has(name))
}

const nearby = 3

/** Whether a text says that something is missing which stands near the lines, or elsewhere in their file. */
export const saysMissing = (
  text: string,
  lines: readonly string[],
  { start, end }: { start: number; end: number },
): boolean => {
  const near = lines.slice(Math.max(0, start - 1 - nearby), end + nearby).join('\n')
  if (captured(text, missing).some((code) => code !== '' && near.includes(code))) return true
  const elsewhere = [...lines.slice(0, start - 1), ...lines.slice(end)].join('\n')
  return captured(text, absent).some((code) => code !== '' && elsewhere.includes(code))
}
