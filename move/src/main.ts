// Moves an account from one cell to another (docs/scaling.md, "Cells").
import { parseArgs } from 'node:util'
import { cellsVariable } from '@recto/shared/cells'
import { parseEnv, postgresUrl } from '@recto/shared/env'
import { exitWith, orExit } from '@recto/shared/or-exit'
import { z } from 'zod'
import { connectCells } from './cells.ts'
import { guard } from './guard.ts'
import { moveAccount } from './move-account.ts'

const usage = `Usage: npm run move -- --account id --to cell [--with-others] [--seconds n]
       npm run move -- --guard

Moves an account, and the accounts that share people with it, to another cell: \`home\`, or a name in RECTO_CELL_OWNERS.
Its requests are answered 503 meanwhile. Run it again after an interruption: it goes on, and with the cell that the account
comes from it undoes what it began. --seconds bounds the wait for what is under way (600).

--guard only puts the triggers on the tables of the home cell that refuse rows of accounts that live elsewhere: before other
cells take new people. The first move does so, too.`

const seconds = z.coerce.number().positive().default(600)
const Guard = z.object({ guard: z.literal(true), seconds })
const Move = z.object({
  guard: z.literal(false).default(false),
  account: z.guid().toLowerCase(),
  to: z.string(),
  'with-others': z.boolean().default(false),
  seconds,
})

const readArgs = () => {
  const words = { account: { type: 'string' }, to: { type: 'string' }, seconds: { type: 'string' } } as const
  const flags = { guard: { type: 'boolean' }, 'with-others': { type: 'boolean' } } as const
  const { values } = parseArgs({ options: { ...words, ...flags } })
  const parsed = values.guard ? Guard.safeParse(values) : Move.safeParse(values)
  if (!parsed.success) throw new Error(`${z.prettifyError(parsed.error)}\n\n${usage}`)
  return parsed.data
}

const args = orExit(readArgs)()
const env = orExit(parseEnv)({ DATABASE_URL: postgresUrl, RECTO_CELL_OWNERS: cellsVariable(postgresUrl) }, process.env)
const cells = await connectCells(env.DATABASE_URL, env.RECTO_CELL_OWNERS, exitWith).catch(exitWith)
const waitMs = args.seconds * 1000
const say = (line: string) => void process.stdout.write(`${line}\n`)
if (args.guard) {
  await guard(cells.home, Date.now() + waitMs).catch(exitWith)
  say('guarded: the home cell refuses rows of accounts that live elsewhere')
} else {
  const { account, to, 'with-others': withOthers } = args
  await moveAccount(cells, { account, to, withOthers, waitMs }, say).catch(exitWith)
}
await cells.close()
