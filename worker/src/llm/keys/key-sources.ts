const separators = new Set([' ', '\t', '\r', '\n', ',', '"', "'"])

const isPrintableAscii = (character: string) => character > ' ' && character <= '~'

/**
 * Parses the keys in a text, without duplicates. They are separated by commas, spaces or lines, and may be quoted; `#`
 * starts a comment.
 * @throws Error that names the line but no value when a key contains anything but printable ASCII.
 */
export const parseKeys = (text: string): string[] => {
  // V8 keeps the last text that a regular expression matched, and a heap snapshot would show it, so none is used here.
  const keys = new Set<string>()
  let key = ''
  let comment = false
  let line = 1
  for (const character of text.startsWith('\u{feff}') ? text.slice(1) : text) {
    if (character === '#' && key === '') comment = true
    if (character === '\n') {
      comment = false
      line++
    }
    if (comment) continue
    if (!separators.has(character)) {
      if (!isPrintableAscii(character)) throw new Error(`a key has a character on line ${line} that no key can have`)
      key += character
    } else if (key !== '') {
      keys.add(key)
      key = ''
    }
  }
  if (key !== '') keys.add(key)
  return [...keys]
}

/**
 * An error that shows only the code of the system's message: the path in that message may be a key that was set by
 * mistake.
 */
const unreadable = (variable: string, error: unknown): Error => {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return new Error(`${variable}: the file cannot be read${code}`)
}

/** What stands where keys belong is no key. Only an operator can correct that. */
export class InvalidKey extends Error {}

/**
 * Parses the keys in the text of a source, which is a variable, a file or a secret of the vault.
 * @throws InvalidKey that names the source when the text has what no key can have
 */
export const keysIn = (source: string, text: string): string[] => {
  try {
    return parseKeys(text)
  } catch (error) {
    throw new InvalidKey(`${source}: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
}

/**
 * Reads the keys from the environment variable `variable` or from the file that `<variable>_FILE` names; [] when
 * neither is set.
 * @throws Error that names the variable, and never a value or a path.
 */
export const readKeys = async (
  env: Record<string, string | undefined>,
  variable: string,
  readFile: (path: string) => Promise<string>,
): Promise<string[]> => {
  const fileVariable = `${variable}_FILE`
  const value = env[variable]
  const path = env[fileVariable]
  if (value && path) throw new Error(`${variable} and ${fileVariable} are both set; one of them is enough`)
  if (!value && !path) return []

  const source = path ? fileVariable : variable
  const text = path ? await readFile(path).catch((error) => Promise.reject(unreadable(source, error))) : (value ?? '')
  const keys = keysIn(source, text)
  if (keys.length === 0) throw new InvalidKey(`${source} is set, but there is no key in it`)
  return keys
}
