import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options?: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/**
 * Returns V8's garbage collection. Node.js shows it only behind a flag, which takes effect for contexts made later.
 * `releasing` gives the memory back to the operating system at once, which takes three times as long.
 */
export const garbageCollection = ({ releasing = false } = {}): (() => void) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  return releasing ? () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }) : () => collect()
}

type IdleCollectionOptions = {
  collect(): void
  isIdle(): boolean
  /** How many runs make a collection worth its 20 to 40 ms. */
  runs: number
  /** How long the process has to be idle, in milliseconds. */
  idleMs: number
}

/**
 * Collects garbage once after many runs, as soon as the process is idle. V8 alone would wait: under load it lets a worker
 * grow from 260 to 400 MB of which 30 are in use, and an idle worker would keep them. Returns what to call after each run:
 * of a worker a generation, of an API a stream that was closed.
 */
export const createIdleCollection = ({ collect, isIdle, runs, idleMs }: IdleCollectionOptions): (() => void) => {
  let ended = 0
  let timer: NodeJS.Timeout | undefined
  const collectIfIdle = () => {
    if (!isIdle()) return
    ended = 0
    collect()
  }
  return () => {
    ended++
    if (ended < runs) return
    clearTimeout(timer)
    timer = setTimeout(collectIfIdle, idleMs).unref()
  }
}
