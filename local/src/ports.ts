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

/**
 * A free loopback port: the first free one of `preferred`, else any. Taken from below the range that systems give to
 * outgoing connections, so that it is still free a moment later.
 */
export const freePort = async (preferred: (number | undefined)[] = []): Promise<number> => {
  const tries = Array.from({ length: 200 }, () => randomInt(10_000, 32_000))
  for (const port of [...preferred, ...tries]) if (port !== undefined && (await isFree(port))) return port
  throw new Error('this machine has no free port on 127.0.0.1')
}

/**
 * Ports that stay the same from start to start while they are free, so that URLs and issued tokens stay good.
 * `defaults` says what to try first where the file knows nothing yet.
 */
export const keptPorts = async <Name extends string>(
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
