import { bundledCatalog, type Catalog, parseCatalog } from './catalog.ts'

const within = <T>(work: () => T, complaint: (error: unknown) => string): T => {
  try {
    return work()
  } catch (error) {
    throw new Error(`RECTO_MODELS: ${complaint(error)}`)
  }
}

/** A driver's or a parser's message can quote the file; its code cannot. */
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '')

/**
 * The catalog that RECTO_MODELS names, or the bundled one without it. `readText` reads a file by its path.
 * @throws Error that names the variable, and every place of the file that is wrong.
 */
export const readCatalog = (path: string | undefined, readText: (path: string) => string): Catalog => {
  if (path === undefined) return bundledCatalog()
  const text = within(
    () => readText(path),
    (error) => `the file cannot be read${codeOf(error)}`,
  )
  const json: unknown = within(
    () => JSON.parse(text),
    () => 'the file is not JSON',
  )
  return within(
    () => parseCatalog(json),
    (error) => (error instanceof Error ? error.message : 'the file cannot be used'),
  )
}
