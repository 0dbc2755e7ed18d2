const separators = new Set([' ', '\t', '\r', '\n', ',', '"', "'"])

const isPrintable = (sign: string) => sign > ' ' && sign <= '~'

/**
 * The keys in a text: separated by commas, spaces or lines, quoted or not, without doubles; `#` begins a comment. Read without
 * regular expressions: V8 keeps the last text that one matched, and a heap snapshot would show it.
 * @throws Error that names the line, and no value, when a key holds anything but printable ASCII.
 */
export const parseKeys = (text: string): string[] => {
  const keys = new Set<string>()
  let key = ''
  let comment = false
  let line = 1
  for (const sign of text.startsWith('\u{feff}') ? text.slice(1) : text) {
    if (sign === '#' && key === '') comment = true
    if (sign === '\n') {
      comment = false
      line++
    }
    if (comment) continue
    if (!separators.has(sign)) {
      if (!isPrintable(sign)) throw new Error(`a key has a character on line ${line} that no key can have`)
      key += sign
    } else if (key !== '') {
      keys.add(key)
      key = ''
    }
  }
  if (key !== '') keys.add(key)
  return [...keys]
}

/** A key may have been put in a path's place, so that nothing of the system's message is told but its code. */
const unreadable = (variable: string, error: unknown): Error => {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return new Error(`${variable}: the file cannot be read${code}`)
}

const parseNamed = (variable: string, text: string): string[] => {
  try {
    return parseKeys(text)
  } catch (error) {
    throw new Error(`${variable}: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
}

/**
 * The keys of the environment's `variable`, or of the file that `<variable>_FILE` names; none when neither is set.
 * @throws Error that names the variable, and never a value or a path.
 */
export const readKeys = async (
  env: Record<string, string | undefined>,
  variable: string,
  readFile: (path: string) => Promise<string>,
): Promise<string[]> => {
  const fileVariable = `${variable}_FILE`
  const own = env[variable]
  const path = env[fileVariable]
  if (own && path) throw new Error(`${variable} and ${fileVariable} are both set; one of them is enough`)
  if (!own && !path) return []

  const named = path ? fileVariable : variable
  const text = path ? await readFile(path).catch((error) => Promise.reject(unreadable(named, error))) : (own ?? '')
  const keys = parseNamed(named, text)
  if (keys.length === 0) throw new Error(`${named} is set, but there is no key in it`)
  return keys
}
