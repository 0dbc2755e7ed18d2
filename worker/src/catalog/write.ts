import { open, realpath, rename, unlink } from 'node:fs/promises'
import { isCatalogJson, parseCatalog } from '@recto/shared/catalog'
import type { ComparedRoute } from './compare.ts'
import { updateCatalog } from './update.ts'

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '')

/**
 * Writes a file that others see whole or as it was: under another name in its folder, which then replaces it. A link
 * stays one. Nothing else is left behind.
 */
const writeWhole = async (path: string, text: string): Promise<void> => {
  const target = await realpath(path).catch(() => path)
  const part = `${target}.${process.pid}.part`
  const file = await open(part, 'wx')
  try {
    await file.writeFile(text).finally(() => file.close())
    await rename(part, target)
  } catch (error) {
    await unlink(part).catch(() => undefined)
    throw error
  }
}

/**
 * Writes the catalog `json` with the prices and windows that were taken, dated `now`.
 * @throws Error that says why the file is as it was
 */
export const writeCatalog = async (
  path: string,
  json: unknown,
  compared: readonly ComparedRoute[],
  now: Date,
): Promise<void> => {
  if (!isCatalogJson(json)) throw new Error('the catalog has changed meanwhile and is not valid')
  const updated = updateCatalog(json, compared, now.toISOString().slice(0, 10))
  parseCatalog(updated)
  await writeWhole(path, `${JSON.stringify(updated, null, 2)}\n`).catch((error) => {
    throw new Error(`--write: the file cannot be written${codeOf(error)}`)
  })
}
