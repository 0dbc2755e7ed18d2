import type { ReactNode } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import type { Mood } from './badge.tsx'
import { runbookOf } from './runbook.ts'
import { costSummary, generationSummary, queueSummary } from './summary.ts'
import { operationsTexts } from './texts.ts'
import type { Views } from './use-views.ts'

type GaugeProps = { title: string; value: string; mood?: Mood; share?: number | null; children?: ReactNode }

/** One number with its name. `share`, from 0 to 1, is drawn as well. */
const Gauge = ({ title, value, mood = 'plain', share = null, children }: GaugeProps) => (
  <div className={`gauge ${mood}`}>
    <dt>{title}</dt>
    <dd>
      <span className="gauge-value">{value}</span>
      {share !== null && <meter aria-label={title} min={0} max={1} high={0.8} optimum={0} value={Math.min(1, share)} />}
      {children !== undefined && <span className="hint">{children}</span>}
    </dd>
  </div>
)

/** The state of the deployment at a glance. A view that was not read yet has a dash. */
export const Gauges = ({ views: { workers, queue, generations, stuck, costs } }: { views: Views }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  const of = <Data, Result>(data: Data | undefined, make: (data: Data) => Result) => (data ? make(data) : null)
  const waits = of(queue.data, ({ data, read_at }) => queueSummary(data, read_at))
  const runs = of(generations.data, ({ data }) => generationSummary(data))
  const cost = of(costs.data, ({ data }) => costSummary(data))
  const number = (value: number | undefined) => (value === undefined ? '–' : format.number(value))
  const help = runbookOf('no_worker')
  const connected = workers.data?.data.length
  // A pooler can hide the connections of workers that are alive.
  const isHidden = connected === 0 && waits?.isMeasured
  return (
    <dl className="gauges">
      <Gauge
        title={text.workers}
        value={number(isHidden ? undefined : connected)}
        mood={waits === null ? 'plain' : waits.isMeasured ? 'good' : 'bad'}
      >
        {waits === null ? undefined : waits.isMeasured ? (
          text.alive
        ) : (
          <>
            {text.noWorker} {help !== null && <a href={help}>{text.help}</a>}
          </>
        )}
      </Gauge>
      <Gauge title={text.queue} value={number(waits?.depth)}>
        {waits &&
          (waits.oldestSeconds === null ? text.nothingWaits : text.oldest(format.duration(waits.oldestSeconds)))}
      </Gauge>
      <Gauge title={text.running} value={number(runs?.running)}>
        {runs && text.others(format.number(runs.pending), format.number(runs.waiting))}
      </Gauge>
      <Gauge title={text.failed} value={number(runs?.failed)} share={runs?.failedShare ?? null}>
        {runs && (runs.failedShare === null ? text.noneEnded : text.ofEnded(format.percent(runs.failedShare)))}
      </Gauge>
      <Gauge
        title={text.stuck}
        value={number(stuck.data?.data.length)}
        mood={stuck.data === undefined ? 'plain' : stuck.data.data.length === 0 ? 'good' : 'bad'}
      />
      <Gauge title={text.cost} value={cost === null ? '–' : format.money(cost.costUsd)} share={cost?.share ?? null}>
        {cost && (cost.budgetUsd === null ? text.noBudget : text.ofBudget(format.money(cost.budgetUsd)))}
      </Gauge>
    </dl>
  )
}
