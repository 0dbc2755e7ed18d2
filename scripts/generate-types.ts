// Writes the types that are made of something else: shared/src/database.types.ts of the migrations, client/src/api.ts of
// the OpenAPI document. With --check it only compares, and fails when they are out of step.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startThrowaway } from '@recto/local/throwaway'
import { apiSchemas, clientTypes } from './client-types.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const run = (command: string, args: string[], input = ''): string =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] })

/** The types of the schema `public` as the migrations of this checkout make it, in a database of their own. */
const databaseTypes = async (): Promise<string> => {
  const supabase = await startThrowaway()
  try {
    const remote = `--remote=${supabase.databaseUrl}?sslmode=disable`
    return run('supabase', ['gen', 'types', 'typescript', remote, '--schema', 'public', '--yes'])
  } finally {
    await supabase.stop()
  }
}

const files = [
  { file: 'shared/src/database.types.ts', make: databaseTypes },
  { file: 'client/src/api.ts', make: async () => clientTypes(await apiSchemas()) },
]

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
for (const { file, make } of files) {
  const types = run('biome', ['format', `--stdin-file-path=${file}`], await make())
  const path = join(root, file)
  if (!check) writeFileSync(path, types)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== types) {
    console.error(`${file} is out of step: npm run types`)
    process.exitCode = 1
  }
}
