import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const parentFolder = () => (existsSync('/var/tmp') ? '/var/tmp' : tmpdir())

const isLinked = (folder: string): boolean => {
  try {
    return realpathSync(readFileSync(join(folder, 'link'), 'utf8')).startsWith(realpathSync(folder))
  } catch {
    return false
  }
}

/**
 * A folder outside the checkout that another user can enter, for a checkout that it cannot (one below /root, say).
 * `link` becomes a symbolic link to it: it shows where the files are, and a folder whose link is gone is swept away.
 */
export const makeAccessibleFolder = (link: string): string => {
  removeUnlinkedFolders()
  const folder = mkdtempSync(join(parentFolder(), 'recto-'))
  chmodSync(folder, 0o711)
  writeFileSync(join(folder, 'link'), link)
  rmSync(link, { force: true })
  symlinkSync(folder, link)
  return folder
}

/** Removes the folders of homes and checkouts that were deleted; one where Postgres still runs is left alone. */
const removeUnlinkedFolders = (): void => {
  const mine = process.getuid?.()
  for (const name of readdirSync(parentFolder())) {
    const folder = join(parentFolder(), name)
    if (!name.startsWith('recto-') || !existsSync(join(folder, 'link')) || lstatSync(folder).uid !== mine) continue
    if (!isLinked(folder) && !existsSync(join(folder, 'data', 'postmaster.pid'))) rmSync(folder, { recursive: true })
  }
}
