import { importBytes } from './bounds.ts'

export type ImportFormat = 'csv' | 'anki'

/** Why a file is not even sent. */
export type FileProblem = 'file_large' | 'file_package' | 'file_unread'

/** A file in memory: what was checked is what is imported, also when the file changes on the disk meanwhile. */
export type ImportFile = { name: string; format: ImportFormat; content: Blob }

/** Anki's text files end in `.txt`. Whoever named the file otherwise chooses. */
const formatOf = ({ name, type }: File): ImportFormat => (/\.csv$/i.test(name) || type === 'text/csv' ? 'csv' : 'anki')

/** Reads a file that was chosen. */
export const readImportFile = async (file: File): Promise<ImportFile | FileProblem> => {
  if (file.size > importBytes) return 'file_large'
  if (/\.(apkg|colpkg)$/i.test(file.name)) return 'file_package'
  try {
    return { name: file.name, format: formatOf(file), content: new Blob([await file.arrayBuffer()]) }
  } catch {
    return 'file_unread'
  }
}
