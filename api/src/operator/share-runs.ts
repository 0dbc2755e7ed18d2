/**
 * Lets everybody who asks meanwhile share one run of `load`, and what came of it, a failure too, for a while: `freshMs`,
 * and at least nine times as long as it took. So a slow one runs a tenth of the time at most, however many ask.
 */
export const shareRuns = <Asker, T>(
  load: (asker: Asker) => Promise<T>,
  freshMs: number,
  now: () => number,
): ((asker: Asker) => Promise<T>) => {
  let last: Promise<T> | undefined
  let until = Number.POSITIVE_INFINITY
  const run = (asker: Asker): Promise<T> => {
    const begunAt = now()
    until = Number.POSITIVE_INFINITY
    const running = load(asker).finally(() => {
      until = now() + Math.max(freshMs, 9 * (now() - begunAt))
    })
    last = running
    return running
  }
  return (asker) => (last === undefined || now() >= until ? run(asker) : last)
}
