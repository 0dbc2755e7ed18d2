const escapeOrBackslash = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})|\\/g

/** Doubles the backslashes that begin no escape of JSON: models write `\alpha` where JSON wants `\\alpha`. */
const withValidEscapes = (text: string): string =>
  text.replace(escapeOrBackslash, (found) => (found === '\\' ? '\\\\' : found))

/**
 * Parses JSON, strict but for single backslashes of TeX. The result has no error message, because the message would
 * quote a part of the answer.
 */
export const parseJson = (text: string): { ok: true; value: unknown } | { ok: false } => {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    const repaired = text.includes('\\') ? withValidEscapes(text) : text
    return repaired === text ? { ok: false } : parseJson(repaired)
  }
}
