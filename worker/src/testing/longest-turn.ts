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

const leastRuns = 10
/** Longer than most moments in which others keep the machine busy. */
const longestTryMs = 5_000

/**
 * Runs `measure` until it returns less than `limit`, for five seconds and ten times at most, whichever is more, and
 * returns its least result. Work that always exceeds the limit exceeds it here. A run may exceed it by accident: the
 * first compiles the code, any may collect the garbage of others, and the same work takes three times the CPU time
 * while the machine is busy.
 */
export const leastOf = async (limit: number, measure: () => number | Promise<number>): Promise<number> => {
  const began = performance.now()
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < leastRuns || performance.now() - began < longestTryMs; run++) {
    least = Math.min(least, await measure())
    if (least < limit) break
  }
  return least
}

/** Returns the milliseconds of CPU time that this thread spent on `work`. */
export const cpuTime = (work: () => unknown): number => {
  const began = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / 1000
}
