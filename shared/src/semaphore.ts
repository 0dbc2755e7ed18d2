export type Semaphore = {
  /** Runs `work` as soon as a place is free, in the order of the calls. Rejects with what `work` throws. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Whether `run` would have to wait now. */
  isFull(): boolean
}

type SemaphoreOptions = {
  /** How many pieces of work may run at the same time. */
  places: number
  /**
   * Work that takes longer, in milliseconds, goes on but gives up its place, so that it holds up nobody when it hangs.
   */
  holdMs?: number
}

/** Bounds how many pieces of work run at the same time. */
export const createSemaphore = ({ places, holdMs }: SemaphoreOptions): Semaphore => {
  const queue: (() => void)[] = []
  let free = places

  const leave = () => {
    const next = queue.shift()
    if (next) next()
    else free++
  }

  const runInPlace = async <T>(work: () => Promise<T>): Promise<T> => {
    let held = true
    const leaveOnce = () => {
      if (held) leave()
      held = false
    }
    const timer = holdMs === undefined ? undefined : setTimeout(leaveOnce, holdMs)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      leaveOnce()
    }
  }

  return {
    isFull: () => free === 0,
    run: async (work) => {
      if (free > 0) free--
      // A leaving piece of work passes its place on, so nobody else can take it in between.
      else await new Promise<void>((resolve) => queue.push(resolve))
      return runInPlace(work)
    },
  }
}
