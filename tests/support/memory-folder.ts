import { statfsSync } from 'node:fs'

const folder = '/dev/shm'

/** The number by which Linux names a file system that is held in memory. */
const TMPFS = 0x01021994

/** Several times what the systems and browsers of a test run hold at once. */
const NEEDED_BYTES = 3 * 1024 ** 3

type FileSystem = { type: number; bsize: number; bavail: number }

/**
 * Answers the folder for temporary files in memory, or undefined on a machine without one that has room. To copy a data
 * directory of Postgres there takes a tenth of the CPU time that it takes on a disk.
 */
export const memoryFolder = (read: (path: string) => FileSystem = statfsSync): string | undefined => {
  try {
    const { type, bsize, bavail } = read(folder)
    return type === TMPFS && bsize * bavail >= NEEDED_BYTES ? folder : undefined
  } catch {
    return undefined
  }
}
