import type { Job } from './jobs.ts'

export type AbortReason = 'cancelled' | 'lost' | 'shutdown'

export type DispatcherDeps = {
  slots: number
  /** Fetches up to `limit` jobs from the queue, highest priority first. */
  fetch(limit: number): Promise<Job[]>
  /**
   * Runs a job to its end. It does not reject when the job fails, because it stores the failure. It calls `onAnswered` when
   * its requests are over and what is left is work of this process.
   */
  run(job: Job, signal: AbortSignal, onAnswered: () => void): Promise<void>
  /** Renews the heartbeats of running jobs in one statement, and returns the jobs that still belong to this worker. */
  touch(jobs: Job[]): Promise<ReadonlySet<Job>>
  pollMs: number
  touchMs: number
  /** How long a job that was aborted may take to end. */
  endMs: number
  onError(error: unknown): void
}

/** One delivery of a job. A worker that counted as dead may get the same job again while the first delivery runs. */
type Delivery = { job: Job; abort: AbortController; abortedAt?: number; done: Promise<void>; answered: boolean }

/** A larger fetch delays its first job more than it saves. */
const fetchMost = 100

/**
 * Keeps up to `slots` jobs running with one loop per process. A job that is answered gives up its slot before it is
 * stored; as many such jobs as there are slots may be ending at the same time. It fetches as many jobs as there are free
 * slots when a notification arrives, when a slot frees, and by polling. An idle worker of 200 slots costs the database as
 * little as one of 1.
 */
export const createDispatcher = (deps: DispatcherDeps) => {
  const running = new Set<Delivery>()
  let accepting = false
  let fetching: Promise<void> | undefined
  let wokenMeanwhile = false
  /** Whether the last fetch was full, so that a free slot is worth another fetch. */
  let backlog = false
  /** When a fetch last began or ended, and when the renewal of heartbeats that is under way began. */
  let fetchMovedAt = performance.now()
  let touchBeganAt: number | undefined

  const start = (job: Job) => {
    const delivery: Delivery = { job, abort: new AbortController(), done: Promise.resolve(), answered: false }
    running.add(delivery)
    const onAnswered = () => {
      delivery.answered = true
      if (backlog) wake()
    }
    delivery.done = deps
      .run(job, delivery.abort.signal, onAnswered)
      .catch(deps.onError)
      .then(() => {
        running.delete(delivery)
        if (backlog) wake()
      })
  }

  const stop = (delivery: Delivery, reason: AbortReason) => {
    delivery.abortedAt ??= performance.now()
    delivery.abort.abort(reason)
  }

  const freeSlots = (): number => {
    const ending = [...running].filter(({ answered }) => answered).length
    return deps.slots - running.size + Math.min(ending, deps.slots)
  }

  const fill = async () => {
    do {
      wokenMeanwhile = false
      const limit = Math.min(freeSlots(), fetchMost)
      if (limit < 1) {
        backlog = true
        return
      }
      const jobs = await deps.fetch(limit)
      fetchMovedAt = performance.now()
      backlog = jobs.length === limit
      for (const job of jobs) start(job)
    } while (accepting && backlog)
  }

  /** Fetches now, or again after the fetch under way. */
  const wake = (): void => {
    if (!accepting) return
    if (fetching) {
      wokenMeanwhile = true
      return
    }
    fetchMovedAt = performance.now()
    fetching = fill()
      .catch(deps.onError)
      .finally(() => {
        fetchMovedAt = performance.now()
        fetching = undefined
        if (wokenMeanwhile) wake()
      })
  }

  const touch = async () => {
    const before = [...running]
    if (before.length === 0 || touchBeganAt !== undefined) return
    touchBeganAt = performance.now()
    try {
      const alive = await deps.touch(before.map(({ job }) => job))
      for (const delivery of before) if (!alive.has(delivery.job)) stop(delivery, 'lost')
    } finally {
      touchBeganAt = undefined
    }
  }

  const timers: NodeJS.Timeout[] = []

  return {
    wake,
    /** How many jobs run, those that are ending included. */
    running: () => running.size,
    /** Whether no job runs and none is being fetched. */
    isIdle: (): boolean => running.size === 0 && fetching === undefined,
    /**
     * How long the dispatcher has made no step, in milliseconds: fetched nothing, waited for its heartbeats, or for the end
     * of an aborted job, which holds a slot. A step that fails is one, too, so an outage of the database does not count.
     */
    stalledMs: (): number => {
      if (!accepting) return 0
      const now = performance.now()
      const overdue = [...running].map(({ abortedAt = now }) => now - abortedAt - deps.endMs)
      return Math.max(now - fetchMovedAt, now - (touchBeganAt ?? now), ...overdue)
    },
    start: (): void => {
      accepting = true
      timers.push(
        setInterval(wake, deps.pollMs),
        setInterval(() => void touch().catch(deps.onError), deps.touchMs),
      )
      wake()
    },
    /** Aborts the job of a generation that a person cancelled or deleted. Ids of jobs at other workers are ignored. */
    cancel: (id: string): void => {
      for (const delivery of running) if (delivery.job.id === id) stop(delivery, 'cancelled')
    },
    /**
     * Stops fetching, and resolves when all running jobs have ended. At `deadline` they are aborted and returned to the
     * queue.
     */
    stop: async (deadline: AbortSignal): Promise<void> => {
      accepting = false
      const handBack = () => {
        for (const delivery of running) stop(delivery, 'shutdown')
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
