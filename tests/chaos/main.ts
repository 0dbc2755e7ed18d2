// `npm run chaos -- --seed 7 --minutes 10`: exit code 1 when a promise did not hold, or, with `--prometheus`, an
// alert did not fire that had to.
import { parseArgs } from 'node:util'
import { hasPrometheus } from '../deploy/prometheus.ts'
import { formatReport } from './report.ts'
import { holds, runChaos } from './run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    keep: { type: 'string' },
    prometheus: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
const minutes = Number(values.minutes)
// The tokens of the people are good for an hour.
if (!Number.isInteger(seed) || !(minutes > 0 && minutes <= 45)) {
  console.error(
    'usage: npm run chaos -- [--seed <whole number>] [--minutes <up to 45>] [--keep <folder>] [--prometheus]',
  )
  process.exit(2)
}
if (values.prometheus && !hasPrometheus()) {
  console.error('--prometheus needs the program prometheus on the PATH: install the package of this name of Debian')
  process.exit(2)
}

// Child processes are ended on the event 'exit', which a signal does not raise by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

console.log(`seed ${seed}, ${minutes} minutes`)
const say = (line: string) => console.error(line)
const { keep, prometheus } = values
const report = await runChaos({ seed, seconds: minutes * 60, machineFaults: true, prometheus, say, keep })
console.log(formatReport(report))
process.exit(holds(report) && !report.alerts?.missing.length ? 0 : 1)
