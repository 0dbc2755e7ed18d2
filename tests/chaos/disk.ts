import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { System } from '../support/system.ts'

/** A small file system that has the write-ahead log of Postgres, so that it can be full. */
export type SmallDisk = {
  /**
   * Fills the disk, and has Postgres begin new files of its log until it cannot.
   * @throws Error when Postgres still writes then
   */
  fill(): Promise<void>
  clear(): void
  unmount(): void
}

const SIZE_MB = 320
const PIECE_BYTES = 1_048_576
/** More files than Postgres keeps in reserve. */
const SPARE_FILES = 30

/** Mounts a small file system for the owner of a folder. Undefined where this process may not, which takes root and Linux. */
const mountSmall = (ownedLike: string): string | undefined => {
  const { uid, gid } = statSync(ownedLike)
  const folder = mkdtempSync(join(tmpdir(), 'recto-wal-'))
  const options = `size=${SIZE_MB}m,uid=${uid},gid=${gid},mode=700`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'recto-wal', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmdirSync(folder)
    return undefined
  }
}

/** Moves the write-ahead log of a system to a small file system of its own, and starts Postgres again. */
export const moveLogToSmallDisk = async ({ supabase, admin }: System): Promise<SmallDisk | undefined> => {
  const log = join(supabase.dataDir, 'pg_wal')
  const folder = mountSmall(log)
  if (folder === undefined) return undefined
  const unmount = () => {
    process.off('exit', unmount)
    // Postgres goes on with the files that it has open until it is stopped.
    execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' })
    rmdirSync(folder)
  }
  process.once('exit', unmount)
  await admin.query(`alter system set max_wal_size = '96MB'`)
  await admin.query(`alter system set min_wal_size = '32MB'`)
  await supabase.killPostgres()
  execFileSync('cp', ['-a', `${log}/.`, folder])
  // A link, so that the folder of the system can be removed whatever becomes of the file system.
  rmSync(log, { recursive: true })
  symlinkSync(folder, log)
  await supabase.restartPostgres()

  const filler = join(folder, 'recto-filler')
  return {
    fill: async () => {
      const piece = Buffer.alloc(PIECE_BYTES)
      try {
        for (let n = 0; n < SIZE_MB; n++) writeFileSync(filler, piece, { flag: 'a' })
      } catch {
        // It is full.
      }
      for (let n = 0; n < SPARE_FILES; n++) {
        const sent = admin.query(`select pg_logical_emit_message(false, 'filler', 'one'), pg_switch_wal()`)
        if (!(await sent.then(Boolean, () => false))) return
      }
      throw new Error('Postgres writes its log to a disk that is full')
    },
    clear: () => rmSync(filler, { force: true }),
    unmount,
  }
}
