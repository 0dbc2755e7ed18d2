/** Returns the most milliseconds of CPU time that this thread spent in one turn of the event loop while `work` ran. */
export const longestTurn = async (work: () => unknown): Promise<number> => {
  let longest = 0
  let began = process.threadCpuUsage()
  let timer: NodeJS.Immediate
  const measure = () => {
    const { user, system } = process.threadCpuUsage(began)
    longest = Math.max(longest, (user + system) / 1000)
    began = process.threadCpuUsage()
  }
  const tick = () => {
    measure()
    timer = setImmediate(tick)
  }
  timer = setImmediate(tick)
  await work()
  measure()
  clearImmediate(timer)
  return longest
}

/** How often a piece of work is measured at most. */
const runs = 10

/**
 * Runs `measure` until it returns less than `limit`, ten times at most, and returns its least result. Work that always
 * exceeds the limit exceeds it here. A single run may exceed it by accident: the first compiles the code, any may
 * collect the garbage of others, and the same work takes twice the CPU time on a busy machine.
 */
export const leastOf = async (limit: number, measure: () => number | Promise<number>): Promise<number> => {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs && least >= limit; run++) least = Math.min(least, await measure())
  return least
}

/** Returns the milliseconds of CPU time that this thread spent on `work`. */
export const cpuTime = (work: () => unknown): number => {
  const began = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / 1000
}
