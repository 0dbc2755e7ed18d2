// Writes shared/src/database.types.ts from the migrations. With --check it only compares, and fails when they are out of step.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startThrowaway } from '@recto/local/throwaway'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const file = 'shared/src/database.types.ts'

const run = (command: string, args: string[], input = ''): string =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] })

/** The types of the schema `public` as the migrations of this checkout make it, in a database of their own. */
const generate = async (): Promise<string> => {
  const supabase = await startThrowaway()
  try {
    const remote = `--remote=${supabase.databaseUrl}?sslmode=disable`
    const types = run('supabase', ['gen', 'types', 'typescript', remote, '--schema', 'public', '--yes'])
    return run('biome', ['format', `--stdin-file-path=${file}`], types)
  } finally {
    await supabase.stop()
  }
}

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
const types = await generate()
const path = join(root, file)
if (!check) writeFileSync(path, types)
else if (!existsSync(path) || readFileSync(path, 'utf8') !== types) {
  console.error(`${file} is out of step with the migrations: npm run types`)
  process.exitCode = 1
}
