import { bundledCatalog } from '@recto/shared/catalog'
import { createPool } from '@recto/shared/database'
import { kindContracts } from '@recto/shared/kinds/registry'
import { escapeLiteral } from 'pg'
import { createWrites } from '../../api/src/db/write-as.ts'
import { submitGeneration } from '../../api/src/generations/submit.ts'
import type { System } from '../support/system.ts'
import { addPeople, personId, text } from './backlog.ts'

type Sent = { text: string; values: unknown[] }

/** Submits one generation with the API's own code. Returns the one statement that the code sent. */
const record = async (system: System): Promise<Sent> => {
  const sent: Sent[] = []
  const pool = createPool(
    { url: system.supabase.apiDatabaseUrl, name: 'bench', max: 1, connectMs: 5_000 },
    () => undefined,
  )
  const client = await pool.connect()
  const query = client.query.bind(client)
  const recorded = (statement: Sent) => {
    sent.push(statement)
    return query(statement)
  }
  Object.assign(client, { query: recorded })
  client.release()
  const submit = submitGeneration({
    catalog: bundledCatalog(),
    kinds: kindContracts(),
    residency: 'any',
    readAs: async () => [],
    ...createWrites(pool),
    jobs: { check: () => undefined },
    notifyJobs: () => undefined,
  })
  const caller = {
    userId: personId(1),
    claims: JSON.stringify({ sub: personId(1), role: 'authenticated' }),
    expiresAt: 0,
  }
  await submit(
    { caller, requestId: 'bench' },
    {
      kind: 'flashcards',
      input: { source_text: text },
      model: 'balanced',
      prompt_version: 'flashcards@1',
      options: {},
      data_residency: 'any',
      account_id: personId(1),
    },
    undefined,
  )
  await pool.end()
  // Behind it the API wakes the workers.
  const [statement, ...others] = sent.filter(({ text: sql }) => !sql.includes('pg_notify'))
  if (statement === undefined || others.length > 0) throw new Error(`the submission sent ${sent.length} statements`)
  return statement
}

const person = `'00000000-0000-4000-8000-' || lpad(:person::text, 12, '0')`

/** A value as SQL of the script. pgbench reads a colon before a letter or digit as the start of a variable's name. */
const sqlOf = (value: unknown): string => {
  if (value === text) return ':text::text'
  if (value === null || value === undefined) return 'null'
  if (value === personId(1)) return `(${person})::uuid`
  const literal = escapeLiteral(String(value).replace(/:(?=\w)/g, ': '))
  return literal.includes(personId(1)) ? `replace(${literal}, '${personId(1)}', ${person})` : literal
}

/** A pgbench script of the API's submission. */
export const submitScript = async (system: System, people: number): Promise<string> => {
  await addPeople(system.admin, people)
  const { text: sql, values } = await record(system)
  const statement = sql.replace(/\$(\d+)/g, (_, n) => sqlOf(values[Number(n) - 1]))
  return [`\\set person random(1, ${people})`, `${statement.replace(/\s+/g, ' ').trim()};`, ''].join('\n')
}
