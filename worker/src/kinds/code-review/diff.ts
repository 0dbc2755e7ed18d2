const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/
const newFile = /^\+\+\+ (?:b\/)?([^\t\r]+)/

/**
 * The lines that a unified diff has added or changed, by path, as numbers of the new file; of removed lines the neighbours.
 * A diff without names of files counts for the path ''.
 */
export const changedLines = (diff: string): Map<string, Set<number>> => {
  const changed = new Map<string, Set<number>>()
  let path = ''
  let line: number | null = null
  const mark = (...numbers: number[]) => {
    const known = changed.get(path) ?? new Set()
    changed.set(path, known)
    for (const number of numbers) known.add(number)
  }
  const lines = diff.split('\n')
  for (const [n, text] of lines.entries()) {
    // A removed comment of SQL looks like the first half of this heading.
    const isHeading = text.startsWith('diff --git ') || (text.startsWith('--- ') && lines[n + 1]?.startsWith('+++ '))
    const start = hunk.exec(text)?.[1]
    if (start !== undefined) line = Number(start)
    else if (line === null || isHeading) {
      // What stands between a hunk and the next one belongs to no file.
      line = null
      path = newFile.exec(text)?.[1] ?? path
    } else if (text.startsWith('+')) mark(line++)
    else if (text.startsWith('-')) mark(line - 1, line)
    else if (!text.startsWith('\\')) line++
  }
  return changed
}
