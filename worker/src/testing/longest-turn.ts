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
