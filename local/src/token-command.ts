import { readArgs, runCommand } from './command-line.ts'
import { parseDuration } from './duration.ts'
import { homeDir } from './home.ts'
import { findRunningSystem, tokenFor } from './running-system.ts'

const usage = `Usage: npm run -s token -- --user <name or uuid> [--expires 1h]
Prints a JWT for a person of the running local system; a new name or uuid is made a person first.`

const { values } = readArgs(usage, {
  options: { user: { type: 'string' }, expires: { type: 'string', default: '1h' } },
})

await runCommand(async () => {
  if (!values.user) throw new Error(`--user is missing\n\n${usage}`)
  const expires = parseDuration(values.expires)
  const { home, info } = findRunningSystem(homeDir(process.env))
  process.stdout.write(`${await tokenFor(home, info, values.user, expires)}\n`)
})
