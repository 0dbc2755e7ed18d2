import type { Catalog } from '@recto/shared/catalog'
import type { Logger } from '@recto/shared/log'
import type { OpenAI } from 'openai'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { createPost, type WebhookTarget } from '../alerts/post.ts'
import { createAlerts } from '../alerts/send.ts'
import { createAlertStore } from '../alerts/store.ts'
import { createLookup } from '../calls/cost-lookup.ts'
import { createSettle } from '../calls/settle.ts'
import { createSettlementStore } from '../calls/settlement-store.ts'
import { warnOfOldPrices } from '../catalog/warn-of-old-prices.ts'
import type { Clock } from '../clock.ts'
import type { Promote } from '../generation/promote.ts'
import type { ProviderKeys } from '../llm/keys/provider-keys.ts'
import type { Route } from '../llm/route.ts'
import { createRecovery } from '../maintenance/recovery.ts'
import { runRetention } from '../maintenance/retention.ts'
import { createRollUp } from '../maintenance/roll-up.ts'
import { runMaintenance } from '../maintenance/timers.ts'
import type { Metrics } from '../metrics.ts'
import type { Jobs } from '../queue/jobs.ts'

export type MaintenanceDeps = {
  pool: pg.Pool
  boss: PgBoss
  jobs: Jobs
  catalog: Catalog
  /** By provider. */
  clients: Readonly<Record<string, OpenAI>>
  keys: ProviderKeys
  /** Where alerts are posted; null for nowhere. */
  webhook: WebhookTarget | null
  promote: Promote
  /** Tells the database again which models, kinds and prompt versions this worker offers. */
  offerNames(): Promise<void>
  /** The routes that this worker can use. */
  usableRoutes(): readonly Route[]
  /** How long a run has taken lately, in seconds; null when this worker does not know. */
  runSeconds(): number | null
  wake(): void
  wakeWebhooks(): void
  /** Is told of each generation whose status, or reason to wait, has changed. */
  onChanged(id: string): void
  metrics: Pick<Metrics, 'alerted' | 'callSettled' | 'generationsLost'>
  clock: Clock
  log: Logger
}

/** What every worker does beside its runs: recovery, settlement of costs, alerts, roll-up and retention. */
export const buildMaintenance = ({
  pool,
  boss,
  catalog,
  clients,
  keys,
  metrics,
  clock,
  log,
  ...deps
}: MaintenanceDeps) => {
  const stopping = new AbortController()
  const settle = createSettle({
    store: createSettlementStore(pool, (error) => log.warn({ error }, 'call to settle could not be read')),
    tells: (provider) => catalog.providers[provider]?.cost_lookup ?? false,
    lookUp: createLookup({ clients, keys }),
    onSettled: metrics.callSettled,
    stop: stopping.signal,
    log,
  })
  const alerts = createAlerts({
    store: createAlertStore({ pool, boss }),
    post: deps.webhook && createPost(deps.webhook, clock.now),
    onAlert: metrics.alerted,
    log,
  })
  let retention: ReturnType<typeof runRetention> | undefined
  let maintenance: ReturnType<typeof runMaintenance> | undefined

  return {
    /** Delivers messages to the operator that others have put into the queue. */
    deliverAlerts: (): void => void alerts.deliver().catch((error) => log.warn({ error }, 'alert queue failed')),
    start: (): void => {
      const { jobs, promote, offerNames, runSeconds, wake, wakeWebhooks, onChanged } = deps
      const recovery = createRecovery({ pool, boss, jobs })
      const rollUpUsage = createRollUp(pool)
      retention = runRetention({ pool, clock, log })
      maintenance = runMaintenance({
        recovery,
        promote,
        offerNames,
        settle,
        alerts,
        rollUpUsage,
        checkPrices: () => warnOfOldPrices(deps.usableRoutes(), log, clock.now()),
        runSeconds,
        wake,
        wakeWebhooks,
        onChanged,
        onLost: metrics.generationsLost,
        log,
      })
    },
    /** Looks at once for what dead workers left and for generations that wait for a place. */
    recover: async (): Promise<void> => maintenance?.recover(),
    /** Does every part at once that has its turn now and then. */
    turn: async (): Promise<void> => maintenance?.turn(),
    stop: async (): Promise<void> => {
      stopping.abort()
      await Promise.all([retention?.stop(), maintenance?.stop(), alerts.stop()])
    },
  }
}
