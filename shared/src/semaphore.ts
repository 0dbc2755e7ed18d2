export type Semaphore = {
  /** Runs `work` as soon as a place is free, in the order of the calls. Rejects with what `work` throws. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Whether `run` would have to wait now. */
  isFull(): boolean
}

/** Lets at most `places` pieces of work run at the same time. */
export const createSemaphore = ({ places }: { places: number }): Semaphore => {
  const queue: (() => void)[] = []
  let free = places

  const leave = () => {
    const next = queue.shift()
    if (next) next()
    else free++
  }

  return {
    isFull: () => free === 0,
    run: async (work) => {
      if (free > 0) free--
      // A leaving piece of work passes its place on, so nobody else can take it in between.
      else await new Promise<void>((resolve) => queue.push(resolve))
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
