import type { Firing } from '../deploy/prometheus.ts'
import type { Fault, FaultKind } from './plan.ts'

/** A fault, and from when to when it was done (epoch seconds). */
export type Injected = Fault & { from: number; to: number }

/** An alert that a fault causes when it lasts so many seconds in the plan, by what it is about. */
type Effect = { alert: string; seconds?: number }

/** The alerts that a fault of each kind has to cause. */
export const effects: Record<FaultKind, readonly Effect[]> = {
  'kill an API': [],
  'kill a worker': [],
  'stop an API': [],
  'stop a worker': [{ alert: 'RectoProcessDown ticket', seconds: 12 }],
  'kill Postgres': [],
  'stop Postgres': [],
  'restart Postgres': [],
  'connections used up': [
    { alert: 'RectoAnswersFailing page', seconds: 5 },
    { alert: 'RectoSubmissionsDenied page', seconds: 3 },
  ],
  'full disk': [{ alert: 'RectoAnswersFailing page', seconds: 5 }],
  'partition from Postgres': [],
  'statements to Postgres held up': [],
  'answers of Postgres held up': [],
  'slow Postgres': [{ alert: 'RectoOverheadHigh ticket', seconds: 5 }],
  'notifications lost': [],
  'partition from a provider': [],
  'answers of a provider held up': [],
  'slow provider': [],
  'a provider refuses connections': [],
  'providers err': [{ alert: 'RectoKeysRefused ticket' }],
  'slow readers': [],
  'rolling deploy': [],
  'clock of a worker ahead': [],
  'clock of a worker behind': [],
  'clock of an API ahead': [],
}

/** The alerts that no fault has to cause, why not, and the test in `tests/deploy/alerts.test.ts` that has each one fire. */
export const elsewhere: Record<string, { because: string; test: string }> = {
  'RectoGenerationsFailing page': {
    because: 'no fault makes generations fail',
    test: 'a model that makes things up',
  },
  'RectoGenerationsFailing ticket': {
    because: 'no fault makes generations fail',
    test: 'a model that makes things up',
  },
  'RectoInternalFailures ticket': {
    because: 'no fault makes generations fail',
    test: 'a request that providers call invalid',
  },
  'RectoOverheadHigh page': {
    because: 'how much is late depends on the machine',
    test: 'a database that takes seconds for the rows of calls, and a provider that fails',
  },
  'RectoFailoverSlow ticket': {
    because: 'it takes a fault of Postgres while requests fail over, which is chance',
    test: 'a database that takes seconds for the rows of calls, and a provider that fails',
  },
  'RectoNoWorker page': { because: 'other workers run', test: 'processes that ended' },
  'RectoNoApi page': { because: 'another API runs', test: 'processes that ended' },
  'RectoNoDatabase page': {
    because: 'Postgres is away for 5 s at most, of which scrapes every 2 s may miss too much',
    test: 'a database that is down',
  },
  'RectoDatabaseUnreachable ticket': {
    because: 'a fault of Postgres during a partition, which is chance, begins its wait anew',
    test: 'a worker that is cut off from Postgres',
  },
  'RectoEventLoopBlocked ticket': {
    because: 'a process stands still once, which one scrape sees',
    test: 'a process that stands still again and again',
  },
  'RectoConnectionsExhausted ticket': {
    because: 'a pool is used up only near the end of the longest partitions',
    test: 'writes that wait for a lock',
  },
  'RectoQueueOld page': {
    because: 'jobs do not wait for two minutes',
    test: 'a worker that is full, and jobs that grow old behind it',
  },
  'RectoWorkersFull ticket': {
    because: 'four people do not fill three workers',
    test: 'a worker that is full, and jobs that grow old behind it',
  },
  'RectoStreamsStall ticket': {
    because: 'the slow readers leave before an API gives them up',
    test: 'readers of streams who vanish',
  },
  'RectoNoRoute page': { because: 'another provider answers', test: 'providers that hang' },
  'RectoRouteOpen ticket': {
    because: 'a provider is away for 8 s at most, and its breaker open for 10 only if a probe fails meanwhile',
    test: 'providers that hang',
  },
  'RectoPricesOld ticket': { because: 'prices are no fault', test: 'prices that nobody has looked at for long' },
  'RectoCardsDropped ticket': { because: 'the model server quotes texts', test: 'a model that makes things up' },
  'RectoMoveLeft page': { because: 'nobody is moved', test: 'a move that was killed and left' },
  'RectoDeletionsNotTold ticket': {
    because: 'nobody is deleted in Auth',
    test: 'a person deleted in Auth whose cell is away',
  },
  'RectoWebhooksFailing ticket': { because: 'nobody has a webhook', test: 'a webhook that answers with errors' },
}

/** An alert begins so long after the end of its cause at the latest: a scrape and an evaluation later. */
const LATE_S = 5

/** What fired in a run, during which faults, and what should have fired and did not. */
export const judgeAlerts = (faults: readonly Injected[], firings: readonly Firing[]) => {
  const during = (at: number) => faults.filter(({ from, to }) => from <= at && at <= to + LATE_S)
  const expected = Map.groupBy(
    faults.flatMap((fault) => {
      const due = effects[fault.kind].filter(({ seconds = 0 }) => fault.seconds >= seconds)
      return due.map(({ alert }) => ({ alert, fault }))
    }),
    ({ alert }) => alert,
  )
  const isSeen = (alert: string, { from, to }: Injected) =>
    firings.some((one) => one.alert === alert && one.began <= to + LATE_S && one.ended >= from)
  return {
    fired: firings.map((firing) => ({ ...firing, during: during(firing.began) })),
    missing: [...expected].flatMap(([alert, causes]) =>
      causes.some(({ fault }) => isSeen(alert, fault)) ? [] : [{ alert, faults: causes.map(({ fault }) => fault) }],
    ),
  }
}

export type AlertReport = ReturnType<typeof judgeAlerts>
