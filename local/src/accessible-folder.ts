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

const place = () => (existsSync('/var/tmp') ? '/var/tmp' : tmpdir())

const stillLinked = (refuge: string): boolean => {
  try {
    return realpathSync(readFileSync(join(refuge, 'link'), 'utf8')).startsWith(realpathSync(refuge))
  } catch {
    return false
  }
}

/**
 * A folder outside the checkout that another user can enter, for a checkout that it cannot (one below /root, say).
 * `link` becomes a symbolic link to it: it shows where the files are, and a refuge whose link is gone is swept away.
 */
export const makeRefuge = (link: string): string => {
  sweepRefuges()
  const refuge = mkdtempSync(join(place(), 'recto-'))
  chmodSync(refuge, 0o711)
  writeFileSync(join(refuge, 'link'), link)
  rmSync(link, { force: true })
  symlinkSync(refuge, link)
  return refuge
}

/** Removes the refuges of homes and checkouts that were deleted; one where Postgres still runs is left alone. */
const sweepRefuges = (): void => {
  const mine = process.getuid?.()
  for (const name of readdirSync(place())) {
    const refuge = join(place(), name)
    if (!name.startsWith('recto-') || !existsSync(join(refuge, 'link')) || lstatSync(refuge).uid !== mine) continue
    if (!stillLinked(refuge) && !existsSync(join(refuge, 'data', 'postmaster.pid'))) rmSync(refuge, { recursive: true })
  }
}
