import { randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { z } from 'zod'
import { writePrivate } from './home.ts'

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65535))

/** True when nothing listens on the port of the loopback address. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

// Below the range that systems give to outgoing connections, so that a port is still free a moment later.
const [first, last] = [10_000, 32_000]
const slices = 50
const slice = (last - first) / slices
const handedOut = new Set<number>()

/**
 * A free loopback port: the first free one of `preferred`, else any. Processes that look at the same time look in slices of their
 * own, and none gives a port twice: between being found and being bound it is nobody's.
 */
export const freePort = async (preferred: (number | undefined)[] = []): Promise<number> => {
  const from = first + (process.pid % slices) * slice
  for (const port of preferred) if (port !== undefined && (await isFree(port))) return port
  const start = randomInt(slice)
  for (let n = 0; n < slice; n++) {
    const port = from + ((start + n) % slice)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if (await isFree(port)) return port
  }
  throw new Error('this machine has no free port on 127.0.0.1')
}

/**
 * Ports that stay the same from start to start while they are free, so that URLs and issued tokens stay good.
 * `defaults` says what to try first where the file knows nothing yet.
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
