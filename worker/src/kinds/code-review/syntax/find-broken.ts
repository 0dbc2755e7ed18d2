import { Worker } from 'node:worker_threads'
import { createSemaphore } from '@recto/shared/semaphore'
import { SYNTAX_CHECK_MS, SYNTAX_CPU_MS, SYNTAX_MS } from '../../../deadlines.ts'
import type { Place } from '../places.ts'

/** A replacement for lines of a file. */
export type Edit = {
  key: number
  file: { path: string; lines: readonly string[] }
  place: Place
  replacement: string
}

/** JavaScript and TypeScript, with JSX or without. */
const isParsed = /\.(?:[cm]?[jt]s|[jt]sx)$/i

/** What the thread may take. The CPU time is its own: how busy the machine is changes no result. */
export type SyntaxLimits = { cpuMs: number; deadlineMs: number }

const usualLimits: SyntaxLimits = { cpuMs: SYNTAX_CPU_MS, deadlineMs: SYNTAX_MS }

/** Named by its package: where the worker is built into one file, no path relative to that file would lead there. */
const threadUrl = new URL(import.meta.resolve('@recto/worker/kinds/code-review/syntax/parse-thread'))

/** For the objects of the parser. */
const resourceLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16 }

/** Errors of a thread that lacks memory, or of a machine that lacks threads. What was said before holds. */
const lacks = new Set<unknown>(['ERR_WORKER_OUT_OF_MEMORY', 'ERR_WORKER_INIT_FAILED'])
const isLack = (error: unknown): boolean => error instanceof Error && 'code' in error && lacks.has(error.code)

/** A process parses for one review at a time, however many people send what takes long to parse. */
const threads = createSemaphore({ places: 1 })

/** Runs the thread until it ends, or has taken what it may take until `deadline`. */
const runThread = async (
  edits: readonly Edit[],
  cpuMs: number,
  deadline: number,
  onBroken: (key: number) => void,
): Promise<void> => {
  const thread = new Worker(threadUrl, { workerData: edits, resourceLimits })
  thread.on('message', onBroken)
  const ended = new Promise<void>((resolve, reject) => {
    thread.on('exit', () => resolve())
    thread.on('error', reject)
  })
  const endLate = async () => {
    const { user, system } = await thread.cpuUsage()
    if ((user + system) / 1000 > cpuMs || performance.now() > deadline) await thread.terminate()
  }
  // A thread that has ended tells no time.
  const timer = setInterval(() => void endLate().catch(() => undefined), SYNTAX_CHECK_MS)
  await ended.finally(() => clearInterval(timer))
}

/**
 * Returns the keys of edits behind which a file of JavaScript or TypeScript no longer parses that parsed before. Where the
 * parser lacks time, memory or stack, or the machine a thread, nothing is broken.
 *
 * The parser runs in a thread of its own that ends with the review: it takes minutes for some texts of a hundred
 * characters, and nothing but the end of its thread stops it.
 * @throws the error of a thread that cannot run
 */
export const findBroken = async (
  edits: readonly Edit[],
  { cpuMs, deadlineMs } = usualLimits,
): Promise<ReadonlySet<number>> => {
  const broken = new Set<number>()
  const files = new Map<string, Edit['file']>()
  const parsed = edits.flatMap(({ file: { path, lines }, ...edit }) => {
    if (!isParsed.test(path)) return []
    // Edits of one file share it, also in the thread.
    const file = files.get(path) ?? { path, lines }
    files.set(path, file)
    return [{ ...edit, file }]
  })
  if (parsed.length === 0) return broken
  const deadline = performance.now() + deadlineMs
  // Reviews take their turns in their order, and each ends by its deadline. So none waits beyond its own.
  await threads.run(async () => {
    if (performance.now() > deadline) return
    await runThread(parsed, cpuMs, deadline, (key) => broken.add(key)).catch((error: unknown) => {
      if (!isLack(error)) throw error
    })
  })
  return broken
}
