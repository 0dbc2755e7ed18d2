/** The longest file that is read, in bytes. The longest text has 40 kB. */
const mostBytes = 1_000_000

/** Why a file cannot be taken: it is too large, or no text in UTF-8. */
export type FileProblem = 'file_large' | 'file_binary'

/** The text of a file, without a byte order mark. */
export const readTextFile = async (file: Blob): Promise<{ text: string } | { problem: FileProblem }> => {
  if (file.size > mostBytes) return { problem: 'file_large' }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
    return text.includes('\u0000') ? { problem: 'file_binary' } : { text }
  } catch {
    return { problem: 'file_binary' }
  }
}
