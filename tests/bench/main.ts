// Prints a table of ratios, each measured side by side in this run. `--full` takes a million rows; `--only a,b` picks parts.
import { parseArgs } from 'node:util'
import { drain } from './drain.ts'
import { growth } from './growth.ts'
import { idle } from './idle.ts'
import { describeMachine } from './machine.ts'
import { memory } from './memory.ts'
import { modelLayer } from './model-layer.ts'
import { pickUp } from './pick-up.ts'
import type { Part, Row } from './row.ts'
import { statusRead } from './status-read.ts'
import { submit } from './submit.ts'
import { table } from './table.ts'

const parts: Record<string, Part> = {
  submit,
  status: statusRead,
  'pick-up': pickUp,
  drain,
  idle,
  growth,
  memory,
  model: modelLayer,
}

const { values } = parseArgs({ options: { full: { type: 'boolean', default: false }, only: { type: 'string' } } })
const chosen = values.only?.split(',') ?? Object.keys(parts)
const unknown = chosen.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. The parts are ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}

const startedAt = performance.now()
const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(0)
const say = (line: string) => console.error(`${seconds().padStart(4)} s  ${line}`)

// What was started ends by the 'exit' event, which a signal alone does not raise.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const rows: Row[] = []
for (const name of chosen) {
  say(name)
  try {
    rows.push(...((await parts[name]?.({ full: values.full, say })) ?? []))
  } catch (error) {
    // The other parts are still worth something.
    console.error(error)
    rows.push({ what: name, recto: '', against: 'could not be measured', ratio: '', target: '', met: false })
    process.exitCode = 1
  }
}
console.log(`${describeMachine()}\n\n${table(rows)}\n\nMeasured in ${seconds()} s.`)
// What a part that failed has left running must not keep this alive.
process.exit()
