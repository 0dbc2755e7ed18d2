import type { System } from '../support/system.ts'
import { answer, steadyRate } from './backlog.ts'
import { type Drainer, rateBy, workerOf } from './drainers.ts'
import { perSecond } from './numbers.ts'
import type { Provider } from './provider.ts'
import { atLeast, context, type Row } from './row.ts'

/** A script whose answers take 0.1 to 1.9 s, in the same order for every consumer. */
const varied = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ content: answer, times: 1, latency_ms: 100 + ((n * 7) % 19) * 100 }))

/** The worker with so many slots, a provider of 1 s, and the rate that it is to reach. */
const withOneSecond: readonly { slots: number; against: string; least: number }[] = [
  { slots: 200, against: 'ideal 200/s', least: 0.9 },
  { slots: 400, against: 'ideal 400/s', least: 300 / 400 },
]

/** Measures how fast a backlog is drained when the provider takes its time. */
export const slowProviders = async (
  system: System,
  provider: Provider,
  recto: Drainer,
  bossWork: Drainer,
): Promise<Row[]> => {
  const mixed = async (drainer: Drainer) => {
    system.model.setScript(varied(120))
    return rateBy(system, drainer, system.model.url, 120)
  }
  const [own, other] = [await mixed(recto), await mixed(bossWork)]
  const rows = [
    context({
      what: 'drain, 50 at a time, provider of 0.1 to 1.9 s',
      recto: perSecond(own),
      against: `${bossWork.name} ${perSecond(other)}`,
      ratio: own / other,
    }),
  ]
  for (const { slots, against, least } of withOneSecond) {
    const whole = await rateBy(system, workerOf(system, recto.queue, slots), provider.url(8, 1_000), slots * 10)
    // Skips two rounds of all slots, because their first answers arrive at the same instant.
    const steady = await steadyRate(system.admin, 2 * slots)
    const written = `${perSecond(steady)} (with its start ${perSecond(whole)})`
    rows.push(
      atLeast(
        { what: `drain, ${slots} slots, provider of 1 s`, recto: written, against, ratio: steady / slots },
        least,
      ),
    )
  }
  return rows
}
