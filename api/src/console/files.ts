import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'

export type ConsoleFile = {
  type: string
  plain: Buffer<ArrayBuffer>
  /** Absent where the build made no compressed copy. */
  gzipped: Buffer<ArrayBuffer> | undefined
  etag: string
  /** Its name contains a hash of its content, so it never changes. */
  immutable: boolean
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/plain; charset=utf-8',
}

/**
 * Reads the built console by URL path. All of it is kept in memory (about half a megabyte), so that a build beside a
 * running process changes nothing there. Without a build there are no files.
 */
export const readConsoleFiles = (folder: string): Map<string, ConsoleFile> => {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Map(
    names.flatMap((name): [string, ConsoleFile][] => {
      const type = types[extname(name)]
      if (type === undefined) return []
      const plain = readFileSync(join(folder, name))
      const path = `/${name.split(sep).join('/')}`
      const file = {
        type,
        plain,
        gzipped: names.includes(`${name}.gz`) ? readFileSync(join(folder, `${name}.gz`)) : undefined,
        etag: `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
        immutable: path.startsWith('/assets/'),
      }
      return [[path === '/index.html' ? '/' : path, file]]
    }),
  )
}
