import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * Starts a provider in a process of its own, which answers with prepared bytes: its CPU time is in no figure, and it takes
 * little of the machine. `url(frames, afterMs)` is the base URL of a provider that streams an answer in so many frames.
 */
export const startProvider = async () => {
  const main = fileURLToPath(new URL('./frames-server.ts', import.meta.url))
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill())
  const [base] = await once(createInterface(child.stdout), 'line')
  return {
    url: (frames: number, afterMs = 0): string => `${base}/${frames}/${afterMs}`,
    stop: (): void => void child.kill(),
  }
}

export type Provider = Awaited<ReturnType<typeof startProvider>>
