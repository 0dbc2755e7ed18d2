// Measures in this run and prints a table of ratios. `--full` measures a million rows, `--only a,b` runs some parts,
// `--against <revision>` compares the CPU time of submit, status and drain with that of an older revision instead.
import { parseArgs } from 'node:util'
import { against } from './against.ts'
import { drain } from './drain.ts'
import { growth } from './growth.ts'
import { idle } from './idle.ts'
import { describeMachine } from './machine.ts'
import { memory } from './memory.ts'
import { modelLayer } from './model-layer.ts'
import { pickUp } from './pick-up.ts'
import type { Part, Row } from './row.ts'
import { apiProcesses, workerProcesses } from './scaling.ts'
import { sizes } from './sizes.ts'
import { statusRead } from './status-read.ts'
import { streams } from './streams.ts'
import { submit } from './submit.ts'
import { table } from './table.ts'
import { traces } from './traces.ts'

const parts: Record<string, Part> = {
  submit,
  status: statusRead,
  'pick-up': pickUp,
  drain,
  idle,
  growth,
  memory,
  streams,
  model: modelLayer,
  traces,
  apis: apiProcesses,
  workers: workerProcesses,
  sizes,
}

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, only: { type: 'string' }, against: { type: 'string' } },
})
const chosen = values.only?.split(',') ?? Object.keys(parts)
const unknown = chosen.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. The parts are ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}

const startedAt = performance.now()
const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(0)
const say = (line: string) => console.error(`${seconds().padStart(4)} s  ${line}`)

// Child processes are ended on the event 'exit', which a signal does not raise by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const { against: revision } = values
const measured =
  revision === undefined
    ? chosen.map((name) => ({ name, run: async () => (await parts[name]?.({ full: values.full, say })) ?? [] }))
    : [{ name: `against ${revision}`, run: () => against(revision, values.only?.split(',') ?? null, say) }]

const rows: Row[] = []
for (const { name, run } of measured) {
  say(name)
  try {
    rows.push(...(await run()))
  } catch (error) {
    // The other parts still run.
    console.error(error)
    rows.push({ what: name, recto: '', against: 'could not be measured', ratio: '', target: '', met: false })
    process.exitCode = 1
  }
}
console.log(`${describeMachine()}\n\n${table(rows)}\n\nMeasured in ${seconds()} s.`)
// Exits even if a failed part has left something running.
process.exit()
