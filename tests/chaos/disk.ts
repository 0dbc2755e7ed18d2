import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
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

/**
 * Moves the write-ahead log of a system to a small file system of its own and starts Postgres again. Undefined where this
 * process may not mount one, which takes root and Linux.
 */
export const moveLogToSmallDisk = async ({ supabase, admin }: System): Promise<SmallDisk | undefined> => {
  const log = join(supabase.dataDir, 'pg_wal')
  const copy = mkdtempSync(join(tmpdir(), 'recto-wal-'))
  const { uid, gid } = statSync(log)
  await admin.query(`alter system set max_wal_size = '96MB'`)
  await admin.query(`alter system set min_wal_size = '32MB'`)
  await supabase.killPostgres()
  execFileSync('cp', ['-a', `${log}/.`, copy])
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,uid=${uid},gid=${gid},mode=700`, 'recto-wal', log], {
      stdio: 'ignore',
    })
  } catch {
    rmSync(copy, { recursive: true })
    await supabase.restartPostgres()
    return undefined
  }
  execFileSync('cp', ['-a', `${copy}/.`, log])
  rmSync(copy, { recursive: true })
  await supabase.restartPostgres()
  const filler = join(log, 'recto-filler')
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
    unmount: () => {
      // Postgres goes on with the files that it has open until it is stopped.
      execFileSync('umount', ['--lazy', log], { stdio: 'ignore' })
    },
  }
}
