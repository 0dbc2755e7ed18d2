import { readFileSync } from 'node:fs'
import { createClient } from '@recto/client'
import { readArgs, runCommand } from './command-line.ts'
import { formatCards } from './format-cards.ts'
import { homeDir } from './home.ts'
import { outcomeOf } from './outcome.ts'
import { findRunningSystem, tokenFor } from './running-system.ts'

const usage = `Usage: npm run -s generate -- FILE [--user name] [--json]
Takes a text file (UTF-8, 1,000 to 10,000 characters) through the running system and prints its cards.
--json prints {generation, suggestions} instead. RECTO_TOKEN is used instead of a token for --user where it is set.`

const { values, positionals } = readArgs(usage, {
  allowPositionals: true,
  options: { user: { type: 'string', default: 'reader' }, json: { type: 'boolean', default: false } },
})

// Keeps a byte order mark, so that the API decides about it.
const readText = (file: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof TypeError) throw new Error(`${file} is not UTF-8 text`)
    throw error
  }
}

await runCommand(async () => {
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new Error(`one FILE is wanted\n\n${usage}`)
  const text = readText(file)
  const { home, info } = findRunningSystem(homeDir(process.env))
  if (info.api_url === null) throw new Error('the running system was started with --no-api: start it without')
  const token = process.env.RECTO_TOKEN || (await tokenFor(home, info, values.user, 3600))
  const recto = createClient({ url: info.api_url, getToken: () => token })
  const outcome = await outcomeOf(recto.generate(text))
  process.stdout.write(`${values.json ? JSON.stringify(outcome, null, 2) : formatCards(outcome)}\n`)
  if (outcome.generation.status !== 'succeeded') process.exitCode = 1
})
