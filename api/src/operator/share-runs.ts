/**
 * Lets everybody who asks meanwhile share one run of `load`, and what came of it, a failure too, for a while: `freshMs`,
 * and at least nine times as long as it took since it called `begin`. So a slow one runs a tenth of the time at most,
 * however many ask, and one whose turn never came is tried again soon.
 */
export const shareRuns = <Asker, T>(
  load: (asker: Asker, begin: () => void) => Promise<T>,
  freshMs: number,
  now: () => number,
): ((asker: Asker) => Promise<T>) => {
  let last: Promise<T> | undefined
  let until = Number.POSITIVE_INFINITY
  const run = (asker: Asker): Promise<T> => {
    let begunAt: number | null = null
    const begin = () => {
      begunAt = now()
    }
    until = Number.POSITIVE_INFINITY
    const running = load(asker, begin).finally(() => {
      until = now() + Math.max(freshMs, 9 * (now() - (begunAt ?? now())))
    })
    last = running
    return running
  }
  return (asker) => (last === undefined || now() >= until ? run(asker) : last)
}
