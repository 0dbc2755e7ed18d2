import { type System, startSystem } from '../support/system.ts'
import { addGenerations } from './add-generations.ts'
import { operationsOf, small } from './growth-operations.ts'
import { interleaved } from './interleaved.ts'
import { startLoad } from './load.ts'
import { ms } from './numbers.ts'
import { everyLimit } from './plan.ts'
import { startProvider } from './provider.ts'
import { atMost, type Part, type Row } from './row.ts'

const rounds = 3
const groups = new Intl.NumberFormat('en')

/** Measures the CPU time of operations, that of the back ends included, in a small and in a large database. */
export const growth: Part = async ({ full, say }) => {
  const count = full ? 1_000_000 : 100_000
  const [load, provider] = [startLoad(), await startProvider()]
  const systems: System[] = []
  const build = async (size: number) => {
    const system = await startSystem({ durable: true })
    systems.push(system)
    await system.plan('free', everyLimit)
    await addGenerations(system.admin, size)
    return operationsOf(system, await system.startApi(), load, provider)
  }
  try {
    const [little, much] = [await build(small), await build(count)]
    say(`growth: ${groups.format(count)} generations are there`)
    const rows: Row[] = []
    for (const [what, inSmall] of little) {
      const inLarge = much.get(what)
      if (!inLarge) throw new RangeError(`nothing measures ${what}`)
      const found = await interleaved(
        new Map([
          ['small', inSmall],
          ['large', inLarge],
        ]),
        rounds,
      )
      const [before = Number.NaN, after = Number.NaN] = [found.get('small'), found.get('large')]
      const against = `${ms(before)} at ${groups.format(small)}`
      const line = { what: `CPU of ${what}, ${groups.format(count)} generations`, recto: ms(after), against }
      rows.push(atMost({ ...line, ratio: after / before }, 1.15))
      say(`growth, ${what}: ${ms(after)}, ${against}`)
    }
    return rows
  } finally {
    await load.stop()
    provider.stop()
    for (const system of systems) await system.stop()
  }
}
