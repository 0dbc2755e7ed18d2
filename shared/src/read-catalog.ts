import { bundledCatalog, bundledJson, type Catalog, parseCatalog } from './catalog.ts'

const within = <T>(work: () => T, complaint: (error: unknown) => string): T => {
  try {
    return work()
  } catch (error) {
    throw new Error(`RECTO_MODELS: ${complaint(error)}`)
  }
}

/** The code of an error. Messages are left out, because those of a driver or parser can quote the file. */
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '')

/**
 * Reads the JSON of the catalog at `path` (RECTO_MODELS), or of the bundled one without it. `readText` reads a file.
 * @throws Error whose message names RECTO_MODELS
 */
export const readCatalogJson = (path: string | undefined, readText: (path: string) => string): unknown => {
  if (path === undefined) return bundledJson
  const text = within(
    () => readText(path),
    (error) => `the file cannot be read${codeOf(error)}`,
  )
  return within(
    () => JSON.parse(text),
    () => 'the file is not JSON',
  )
}

/**
 * Reads the catalog at `path` (RECTO_MODELS), or the bundled one without it. `readText` reads a file.
 * @throws Error whose message names RECTO_MODELS and every invalid place of the file
 */
export const readCatalog = (path: string | undefined, readText: (path: string) => string): Catalog => {
  if (path === undefined) return bundledCatalog()
  const json = readCatalogJson(path, readText)
  return within(
    () => parseCatalog(json),
    (error) => (error instanceof Error ? error.message : 'the file cannot be used'),
  )
}
