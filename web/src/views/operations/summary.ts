import type { OperatorAccountCost, OperatorGenerations, OperatorQueueBand } from '@recto/client'

/** Whole seconds from one ISO 8601 time to another, never negative. */
export const secondsBetween = (from: string, to: string): number =>
  Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))

/** Workers measure the queue every few seconds; after a minute without, none is alive. */
const SEEN_SECONDS = 60

/** The queue as a whole: its jobs, the seconds that the oldest waits, and whether a worker is alive. */
export const queueSummary = (bands: OperatorQueueBand[], readAt: string) => {
  const waits = bands.flatMap(({ waiting_since }) =>
    waiting_since === null ? [] : [secondsBetween(waiting_since, readAt)],
  )
  return {
    depth: bands.reduce((sum, { depth }) => sum + depth, 0),
    oldestSeconds: waits.length === 0 ? null : Math.max(...waits),
    isMeasured: bands.some(
      ({ measured_at }) => measured_at !== null && secondsBetween(measured_at, readAt) <= SEEN_SECONDS,
    ),
  }
}

/** Generations that are live, and of those that have ended how many failed. `failedShare` is null while none has ended. */
export const generationSummary = (rows: OperatorGenerations[]) => {
  const of = (state: OperatorGenerations['state']) => rows.find((row) => row.state === state)?.count ?? 0
  const [failed, ended] = [of('failed'), of('succeeded') + of('failed')]
  return {
    running: of('running'),
    pending: of('pending'),
    waiting: of('waiting'),
    failed,
    failedShare: ended === 0 ? null : failed / ended,
  }
}

/** The cost of the deployment, and its share of the budget from 0; null without a budget. */
export const costSummary = (rows: OperatorAccountCost[]) => {
  const deployment = rows.find(({ kind }) => kind === 'deployment')
  return {
    costUsd: deployment?.cost_usd ?? '0',
    budgetUsd: deployment?.budget_usd ?? null,
    share: deployment?.used_percent == null ? null : deployment.used_percent / 100,
  }
}
