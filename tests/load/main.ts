// Loads two APIs and two workers as an app would, and prints what they promise of it: docs/load.md. `--only burst,day` runs
// some parts, `--minutes 30` says how long those take that may take longer. The pictures of the page are written anew.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { z } from 'zod'
import { describeMachine } from '../bench/machine.ts'
import { table } from '../bench/table.ts'
import { parts } from './parts.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, minutes: { type: 'string' } } })
const chosen = values.only?.split(',') ?? Object.keys(parts)
const minutes = z.coerce.number().min(0.5).max(600).optional().safeParse(values.minutes)
const unknown = chosen.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0 || !minutes.success) {
  console.error(`--only takes ${Object.keys(parts).join(', ')}, and --minutes a number from 0.5 to 600.`)
  process.exit(2)
}

// Child processes are ended on the event 'exit', which a signal does not raise by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const folder = join(projectRoot, 'docs', 'load')
mkdirSync(folder, { recursive: true })
for (const name of chosen) {
  const part = parts[name]
  if (!part) continue
  console.error(`${name}, ${minutes.data ?? part.minutes} min`)
  const say = (line: string) => console.error(`  ${line}`)
  const { rows, pictures } = await part.run({ minutes: minutes.data ?? part.minutes, say })
  for (const [picture, svg] of Object.entries(pictures)) writeFileSync(join(folder, `${picture}.svg`), svg)
  console.log(`\n${name}: ${describeMachine()}\n\n${table(rows)}`)
  if (rows.some(({ met }) => met === false)) process.exitCode = 1
}
