// Moves an account from one cell to another (docs/scaling.md, "Cells").
import { parseArgs } from 'node:util'
import { cellsVariable } from '@recto/shared/cells'
import { parseEnv, postgresUrl } from '@recto/shared/env'
import { exitWith, orExit } from '@recto/shared/or-exit'
import { z } from 'zod'
import { connectCells } from './cells.ts'
import { moveAccount } from './move-account.ts'

const usage = `Usage: npm run move -- --account id --to cell [--with-others] [--seconds n]

Moves an account, and the accounts that share people with it, to another cell: \`home\`, or a name in RECTO_CELL_OWNERS.
Its requests are answered 503 meanwhile. Run it again after an interruption: it goes on, and with the cell that the account
comes from it undoes what it began. --seconds bounds the wait for what is under way (600).`

const Args = z.object({
  account: z.guid().toLowerCase(),
  to: z.string(),
  'with-others': z.boolean().default(false),
  seconds: z.coerce.number().positive().default(600),
})

const readArgs = () => {
  const options = { account: { type: 'string' }, to: { type: 'string' }, seconds: { type: 'string' } } as const
  const { values } = parseArgs({ options: { ...options, 'with-others': { type: 'boolean' } } })
  const parsed = Args.safeParse(values)
  if (!parsed.success) throw new Error(`${z.prettifyError(parsed.error)}\n\n${usage}`)
  return parsed.data
}

const args = orExit(readArgs)()
const env = orExit(parseEnv)({ DATABASE_URL: postgresUrl, RECTO_CELL_OWNERS: cellsVariable(postgresUrl) }, process.env)
const cells = await connectCells(env.DATABASE_URL, env.RECTO_CELL_OWNERS).catch(exitWith)
const { account, to, 'with-others': withOthers, seconds } = args
const say = (line: string) => void process.stdout.write(`${line}\n`)
await moveAccount(cells, { account, to, withOthers, patienceMs: seconds * 1000 }, say).catch(exitWith)
await cells.close()
