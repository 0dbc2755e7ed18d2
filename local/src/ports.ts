import { randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { z } from 'zod'
import { writePrivate } from './home.ts'

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65535))

/** Whether the port is free on the loopback address. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

/**
 * `fetch` and browsers refuse to ask it (https://fetch.spec.whatwg.org/#port-blocking), as they do some ports below
 * 10,000.
 */
const REFUSED_BY_FETCH = 10_080

const isUsable = async (port: number): Promise<boolean> => port !== REFUSED_BY_FETCH && (await isFree(port))

// These ports are below those that systems give to outgoing connections, so a free one stays free for a moment.
const [first, last] = [10_000, 32_000]
const slices = 50
const slice = (last - first) / slices
/** The ports that were given lately, the oldest first. A run of all tests needs more ports than a slice has. */
const handedOut = new Set<number>()
const remembered = slice / 2

/**
 * Finds a free loopback port: the first free one of `preferred`, else any. A found port stays unbound for a moment, so
 * processes search in different slices of the range, and answer a port again only after many others.
 * @throws Error when every port of the slice is taken
 */
export const freePort = async (preferred: (number | undefined)[] = []): Promise<number> => {
  const from = first + (process.pid % slices) * slice
  for (const port of preferred) if (port !== undefined && (await isUsable(port))) return port
  const start = randomInt(slice)
  for (let n = 0; n < slice; n++) {
    const port = from + ((start + n) % slice)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    const [oldest] = handedOut
    if (oldest !== undefined && handedOut.size > remembered) handedOut.delete(oldest)
    if (await isUsable(port)) return port
  }
  throw new Error('this machine has no free port on 127.0.0.1')
}

/**
 * Chooses a port per name and remembers it in a file, so that URLs and issued tokens stay valid after a restart. A port
 * of `defaults` comes first, then the remembered one, then any free one.
 */
export const stablePorts = async <Name extends string>(
  file: string,
  names: readonly Name[],
  defaults: Partial<Record<Name, number>> = {},
): Promise<Record<Name, number>> => {
  const known = existsSync(file) ? portsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}
  const chosen: Record<string, number> = {}
  for (const name of names) {
    const isNew = (port: number | undefined) => !Object.values(chosen).includes(port ?? 0)
    chosen[name] = await freePort([defaults[name], known[name]].filter(isNew))
  }
  writePrivate(file, { ...known, ...chosen })
  return chosen as Record<Name, number>
}
