/** Runs `work` in its turn. */
export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Lets at most `wide` pieces of work run at once, in the order of their coming. A piece that takes longer than `longestMs` goes
 * on, but gives up its place: something that hangs holds up nobody.
 */
export const createSemaphore = (wide: number, longestMs: number): Semaphore => {
  const queue: (() => void)[] = []
  let places = wide

  const leave = () => {
    const next = queue.shift()
    if (next) next()
    else places++
  }
  const enter = (): Promise<void> | undefined => {
    if (places === 0) return new Promise((resolve) => queue.push(resolve))
    places--
    return undefined
  }

  return async (work) => {
    await enter()
    let inside = true
    const leaveOnce = () => {
      if (inside) leave()
      inside = false
    }
    const timer = setTimeout(leaveOnce, longestMs)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      leaveOnce()
    }
  }
}
