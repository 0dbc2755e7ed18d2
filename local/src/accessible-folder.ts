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

/** Where temporary folders are made: /var/tmp, which survives a restart of the machine, or the system's default. */
export const parentFolder = () => (existsSync('/var/tmp') ? '/var/tmp' : tmpdir())

/** Whether the link that was made for a folder still points to it. */
const isLinked = (folder: string): boolean => {
  try {
    return realpathSync(readFileSync(join(folder, 'link'), 'utf8')).startsWith(realpathSync(folder))
  } catch {
    return false
  }
}

/**
 * Makes a folder that every user can enter, for a checkout that other users cannot enter (below /root, for example).
 * `link` becomes a symbolic link to the folder. A folder whose link is gone is removed at a later call.
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

/** Removes the folders of deleted homes and checkouts, but none in which Postgres still runs. */
const removeUnlinkedFolders = (): void => {
  const mine = process.getuid?.()
  for (const name of readdirSync(parentFolder())) {
    const folder = join(parentFolder(), name)
    if (!name.startsWith('recto-') || !existsSync(join(folder, 'link')) || lstatSync(folder).uid !== mine) continue
    if (!isLinked(folder) && !existsSync(join(folder, 'data', 'postmaster.pid'))) rmSync(folder, { recursive: true })
  }
}
