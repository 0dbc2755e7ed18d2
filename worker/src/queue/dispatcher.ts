import type { Job } from './jobs.ts'

export type AbortReason = 'cancelled' | 'lost' | 'shutdown'

export type DispatcherDeps = {
  slots: number
  /** Takes up to `limit` jobs from the queue, best first. */
  fetch(limit: number): Promise<Job[]>
  /** Runs one job to its end. It never rejects for a job's own failure: that is a value it stores. */
  run(job: Job, signal: AbortSignal): Promise<void>
  /** Refreshes the heartbeats of running jobs in one statement and answers those that are still this worker's. */
  touch(jobs: Job[]): Promise<ReadonlySet<Job>>
  pollMs: number
  touchMs: number
  onError(error: unknown): void
}

/** One delivery of a job; a worker that was taken for dead may get the same job once more beside the first. */
type Delivery = { job: Job; abort: AbortController; done: Promise<void> }

/** More than this in one statement delays the first of them more than it saves. */
const fetchMost = 100

/**
 * Keeps up to `slots` jobs running by one loop per process: it fetches as many jobs as it has free slots when it is woken by a
 * notification, when a slot frees, and by a backstop poll. An idle worker of 200 slots costs the database what one of 1 costs.
 */
export const createDispatcher = (deps: DispatcherDeps) => {
  const running = new Set<Delivery>()
  let accepting = false
  let fetching: Promise<void> | undefined
  let wokenMeanwhile = false
  /** Whether the last fetch was filled, so that a slot that frees is worth a statement. */
  let backlog = false

  const start = (job: Job) => {
    const abort = new AbortController()
    const done = deps
      .run(job, abort.signal)
      .catch(deps.onError)
      .then(() => {
        running.delete(delivery)
        if (backlog) wake()
      })
    const delivery = { job, abort, done }
    running.add(delivery)
  }

  const fill = async () => {
    do {
      wokenMeanwhile = false
      const limit = Math.min(deps.slots - running.size, fetchMost)
      if (limit < 1) {
        backlog = true
        return
      }
      const jobs = await deps.fetch(limit)
      backlog = jobs.length === limit
      for (const job of jobs) start(job)
    } while (accepting && (backlog || wokenMeanwhile))
  }

  /** Looks for work now, or again as soon as the look under way is over. */
  const wake = (): void => {
    if (!accepting) return
    if (fetching) {
      wokenMeanwhile = true
      return
    }
    fetching = fill()
      .catch(deps.onError)
      .finally(() => {
        fetching = undefined
        if (wokenMeanwhile) wake()
      })
  }

  let touching = false
  const touch = async () => {
    const before = [...running]
    if (before.length === 0 || touching) return
    touching = true
    try {
      const alive = await deps.touch(before.map(({ job }) => job))
      for (const { job, abort } of before) if (!alive.has(job)) abort.abort('lost' satisfies AbortReason)
    } finally {
      touching = false
    }
  }

  const timers: NodeJS.Timeout[] = []

  return {
    wake,
    running: () => running.size,
    start: (): void => {
      accepting = true
      timers.push(
        setInterval(wake, deps.pollMs),
        setInterval(() => void touch().catch(deps.onError), deps.touchMs),
      )
      wake()
    },
    /** Ends a job of this worker that a person cancelled or deleted; any other id is none of its business. */
    cancel: (id: string): void => {
      for (const { job, abort } of running) if (job.id === id) abort.abort('cancelled' satisfies AbortReason)
    },
    /** Fetches no more; resolves when what runs has ended, which `deadline` hurries by aborting it: such jobs are handed back. */
    stop: async (deadline: AbortSignal): Promise<void> => {
      accepting = false
      const handBack = () => {
        for (const { abort } of running) abort.abort('shutdown' satisfies AbortReason)
      }
      deadline.addEventListener('abort', handBack, { once: true })
      await fetching
      if (deadline.aborted) handBack()
      await Promise.all([...running].map(({ done }) => done))
      for (const timer of timers) clearInterval(timer)
    },
  }
}

export type Dispatcher = ReturnType<typeof createDispatcher>
